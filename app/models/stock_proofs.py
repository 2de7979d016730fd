"""The proof that movements add up to stock, and what it found."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.inventory import FindingKind, FindingState, StockGrade
from app.models.base import Base, Entity, Versioned, not_negative


class StockFold(Base):
    """What the movements before the last proof's `folded_to` add up to."""

    __tablename__ = "stock_folds"

    sku_id: Mapped[UUID] = mapped_column(primary_key=True)
    warehouse_id: Mapped[UUID] = mapped_column(primary_key=True)
    grade: Mapped[StockGrade] = mapped_column(primary_key=True)
    quantity: Mapped[int] = mapped_column(BigInteger)


class StockProof(Entity):
    """A run of the proof. A whole one added up every movement again."""

    __tablename__ = "stock_proofs"
    __table_args__ = (*not_negative("differences", "opened", "resolved"),)

    folded_to: Mapped[datetime]
    is_whole: Mapped[bool]
    differences: Mapped[int]
    opened: Mapped[int]
    resolved: Mapped[int]


class StockFinding(Versioned):
    """Counts that do not agree: `expected` follows from movements, promises, …, `found` is there.

    One that is explained stays until the counts agree again; what tills told is over then.
    """

    __tablename__ = "stock_findings"
    __table_args__ = (
        CheckConstraint("expected <> found", name="differs"),
        CheckConstraint(
            "state <> 'explained' OR (explained_by IS NOT NULL AND note IS NOT NULL)",
            name="explained_by_somebody",
        ),
        CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="resolved_once"),
        Index(
            "uq_stock_findings_open",
            "kind",
            "sku_id",
            "warehouse_id",
            "grade",
            unique=True,
            postgresql_where=text("state <> 'resolved'"),
        ),
        Index("ix_stock_findings_open", "id", postgresql_where=text("state <> 'resolved'")),
    )

    kind: Mapped[FindingKind]
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"))
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    grade: Mapped[StockGrade]
    expected: Mapped[int] = mapped_column(BigInteger)
    found: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[FindingState]
    note: Mapped[str | None] = mapped_column(String(500))
    explained_by: Mapped[str | None] = mapped_column(String(128))
    resolved_at: Mapped[datetime | None]
