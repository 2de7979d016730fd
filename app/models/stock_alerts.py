"""How fast stock sells, when it is worth a warning, and the warnings."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.inventory import AlertKind, AlertState
from app.models.base import Base, Versioned, not_negative


class StockThreshold(Base):
    """Limits of a SKU in a warehouse: pieces, or days without a sale. None is the default."""

    __tablename__ = "stock_thresholds"
    __table_args__ = (
        *not_negative("low", "over", "slow_days", "expiry_days"),
        CheckConstraint("low < over", name="low_below_over"),
    )

    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    warehouse_id: Mapped[UUID] = mapped_column(
        ForeignKey("warehouses.id"), primary_key=True, index=True
    )
    low: Mapped[int | None]
    over: Mapped[int | None]
    slow_days: Mapped[int | None]
    expiry_days: Mapped[int | None]


class StockPace(Base):
    """What was sold of a SKU from a warehouse in the `in_days` before `counted_at`.

    `first_at` is when anything moved there first, `sold_at` when the last piece left for an order.
    """

    __tablename__ = "stock_paces"
    __table_args__ = (*not_negative("sold"),)

    sku_id: Mapped[UUID] = mapped_column(primary_key=True)
    warehouse_id: Mapped[UUID] = mapped_column(primary_key=True)
    sold: Mapped[int]
    in_days: Mapped[int]
    first_at: Mapped[datetime]
    sold_at: Mapped[datetime | None]
    counted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StockAlert(Versioned):
    """Stock that crossed a limit, with the counts of that moment; one at a time of each kind."""

    __tablename__ = "stock_alerts"
    __table_args__ = (
        CheckConstraint("(state = 'over') = (ended_at IS NOT NULL)", name="over_once"),
        CheckConstraint(
            "state <> 'acknowledged' OR acknowledged_by IS NOT NULL",
            name="acknowledged_by_somebody",
        ),
        Index(
            "uq_stock_alerts_open",
            "kind",
            "sku_id",
            "warehouse_id",
            unique=True,
            postgresql_where=text("state <> 'over'"),
        ),
        Index("ix_stock_alerts_open", "id", postgresql_where=text("state <> 'over'")),
    )

    kind: Mapped[AlertKind]
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"))
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    state: Mapped[AlertState]
    available: Mapped[int]
    threshold: Mapped[int]
    days_of_cover: Mapped[int | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(128))
    note: Mapped[str | None] = mapped_column(String(500))
    ended_at: Mapped[datetime | None]
