"""Counts of stock and corrections by hand: documents whose differences people agree to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.inventory import (
    AdjustmentReason,
    AdjustmentState,
    StockGrade,
    StocktakeState,
)
from app.models.base import Base, Entity, Versioned

_DECIDED = "(state IN ({states})) = (decided_by IS NOT NULL AND decided_at IS NOT NULL)"


class Stocktake(Versioned):
    """A count of one warehouse: of the SKUs named, or of all that lie there (`is_all`).

    Who counts blindly (`is_blind`) is not told what is expected.
    """

    __tablename__ = "stocktakes"
    __table_args__ = (
        CheckConstraint(
            "state NOT IN ('submitted', 'posted') OR submitted_by IS NOT NULL",
            name="submitted_by_somebody",
        ),
        CheckConstraint(_DECIDED.format(states="'posted'"), name="posted_by_somebody"),
        Index("ix_stocktakes_warehouse_id", "warehouse_id", "id"),
        Index(
            "ix_stocktakes_open", "id", postgresql_where=text("state IN ('counting', 'submitted')")
        ),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    is_all: Mapped[bool]
    is_blind: Mapped[bool]
    state: Mapped[StocktakeState]
    note: Mapped[str | None] = mapped_column(String(500))
    opened_by: Mapped[str] = mapped_column(String(128))
    submitted_by: Mapped[str | None] = mapped_column(String(128))
    decided_by: Mapped[str | None] = mapped_column(String(128))
    decided_at: Mapped[datetime | None]
    refusal: Mapped[str | None] = mapped_column(String(500))


class StocktakeLine(Base):
    """A SKU to be counted, and its last count; `expected` was on hand at that moment."""

    __tablename__ = "stocktake_lines"
    __table_args__ = (
        CheckConstraint("counted >= 0 AND expected >= 0", name="counts_not_negative"),
        CheckConstraint(
            "(counted IS NULL) = (expected IS NULL) AND (counted IS NULL) = (counted_by IS NULL)",
            name="counted_against_something",
        ),
    )

    stocktake_id: Mapped[UUID] = mapped_column(ForeignKey("stocktakes.id"), primary_key=True)
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    counted: Mapped[int | None]
    expected: Mapped[int | None]
    counted_by: Mapped[str | None] = mapped_column(String(128))


class StocktakeBatch(Base):
    """The last count of a batch; its SKU's line adds its batches up, if they were counted so."""

    __tablename__ = "stocktake_batches"
    __table_args__ = (
        CheckConstraint("counted >= 0 AND expected >= 0", name="counts_not_negative"),
        ForeignKeyConstraint(
            ["stocktake_id", "sku_id"], ["stocktake_lines.stocktake_id", "stocktake_lines.sku_id"]
        ),
        ForeignKeyConstraint(["batch_id", "sku_id"], ["stock_batches.id", "stock_batches.sku_id"]),
    )

    stocktake_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    sku_id: Mapped[UUID]
    counted: Mapped[int]
    expected: Mapped[int]
    counted_by: Mapped[str] = mapped_column(String(128))


class StocktakeCount(Entity):
    """What somebody counted, of a batch or of all, and what was on hand of that then.

    Append-only; the last one is the line's, or the batch's.
    """

    __tablename__ = "stocktake_counts"
    __table_args__ = (
        CheckConstraint("counted >= 0 AND expected >= 0", name="counts_not_negative"),
        Index("ix_stocktake_counts_stocktake_id", "stocktake_id", "id"),
    )

    stocktake_id: Mapped[UUID] = mapped_column(ForeignKey("stocktakes.id"))
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"))
    counted: Mapped[int]
    expected: Mapped[int]
    counted_by: Mapped[str] = mapped_column(String(128))
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_batches.id"))


class StockAdjustment(Versioned):
    """A correction by hand; above a limit it waits for a second person."""

    __tablename__ = "stock_adjustments"
    __table_args__ = (
        CheckConstraint(
            _DECIDED.format(states="'posted', 'rejected', 'cancelled'"), name="decided_by_somebody"
        ),
        Index("ix_stock_adjustments_warehouse_id", "warehouse_id", "id"),
        Index("ix_stock_adjustments_waiting", "id", postgresql_where=text("state = 'waiting'")),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    reason: Mapped[AdjustmentReason]
    document: Mapped[str] = mapped_column(String(100))
    state: Mapped[AdjustmentState]
    asked_by: Mapped[str] = mapped_column(String(128))
    decided_by: Mapped[str | None] = mapped_column(String(128))
    decided_at: Mapped[datetime | None]
    refusal: Mapped[str | None] = mapped_column(String(500))


class StockAdjustmentLine(Base):
    __tablename__ = "stock_adjustment_lines"
    __table_args__ = (CheckConstraint("quantity <> 0", name="quantity_not_zero"),)

    adjustment_id: Mapped[UUID] = mapped_column(
        ForeignKey("stock_adjustments.id"), primary_key=True
    )
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"))
    grade: Mapped[StockGrade]
    quantity: Mapped[int]
    note: Mapped[str | None] = mapped_column(String(500))
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_batches.id"))
