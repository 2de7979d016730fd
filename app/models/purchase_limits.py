"""Purchase limits: how many pieces one member may order in a period, and what was ordered."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.pricing import LimitPeriod
from app.models.base import Base, Name, Versioned


class PurchaseLimit(Versioned):
    """One member may order `max_quantity` pieces of a SKU, or of all SKUs of a product, a period.

    Days, weeks (from Monday) and months are those of the channel's time zone.
    """

    __tablename__ = "purchase_limits"
    __table_args__ = (
        CheckConstraint("num_nonnulls(sku_id, spu_id) = 1", name="sku_or_product"),
        CheckConstraint("max_quantity > 0", name="max_quantity_positive"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="window_forward"),
        Index("ix_purchase_limits_sku_id", "sku_id", postgresql_where=text("sku_id IS NOT NULL")),
        Index("ix_purchase_limits_spu_id", "spu_id", postgresql_where=text("spu_id IS NOT NULL")),
    )

    name: Mapped[Name]
    sku_id: Mapped[UUID | None] = mapped_column(ForeignKey("skus.id"))
    spu_id: Mapped[UUID | None] = mapped_column(ForeignKey("spus.id"))
    max_quantity: Mapped[int]
    period: Mapped[LimitPeriod]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(server_default="true")


class PurchaseCount(Base):
    """Pieces a member ordered under a limit in the period that begins on `period_on`.

    `allowed` is the limit when they were taken last, so that the row itself can refuse too many.
    """

    __tablename__ = "purchase_counts"
    __table_args__ = (
        CheckConstraint("quantity >= 0 AND quantity <= allowed", name="quantity_within_allowed"),
    )

    limit_id: Mapped[UUID] = mapped_column(ForeignKey("purchase_limits.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    period_on: Mapped[date] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    allowed: Mapped[int]


class PurchaseUse(Base):
    """Pieces of an order that count under a limit; given back when the order is cancelled."""

    __tablename__ = "purchase_uses"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_purchase_uses_limit_id", "limit_id", "member_id", "period_on"),
    )

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    limit_id: Mapped[UUID] = mapped_column(ForeignKey("purchase_limits.id"), primary_key=True)
    member_id: Mapped[UUID]
    period_on: Mapped[date]
    quantity: Mapped[int]
    released_at: Mapped[datetime | None]
