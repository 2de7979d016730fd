"""Goods to be had for points, and what orders took of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Currency, Entity, Minor, Versioned


class ExchangeOffer(Versioned):
    """One piece of a SKU for `points` and, where it is not nothing, `cash_minor` beside them.

    `quota` limits the pieces of all, `per_member` those of one; null does not. `sold` counts with
    unpaid orders. Without `tiers` every member may; without a channel it is for all of them.
    """

    __tablename__ = "exchange_offers"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="window_forward"),
        CheckConstraint("points > 0", name="points_positive"),
        CheckConstraint("cash_minor >= 0", name="cash_minor_not_negative"),
        CheckConstraint("per_member > 0", name="per_member_positive"),
        CheckConstraint("sold >= 0 AND (quota IS NULL OR sold <= quota)", name="sold_within_quota"),
        Index("ix_exchange_offers_currency", "currency", "id", postgresql_where=text("is_active")),
    )

    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"), index=True)
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    currency: Mapped[Currency]
    points: Mapped[int]
    cash_minor: Mapped[Minor] = mapped_column(server_default="0")
    quota: Mapped[int | None]
    per_member: Mapped[int | None]
    tiers: Mapped[list[str]] = mapped_column(ARRAY(String(64)), server_default=text("'{}'"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(server_default="true")
    sold: Mapped[int] = mapped_column(server_default="0")


class ExchangeUse(Entity):
    """Pieces of an offer an order took; given back when the order is cancelled."""

    __tablename__ = "exchange_uses"
    __table_args__ = (
        UniqueConstraint("order_id", "offer_id"),
        Index("ix_exchange_uses_member_id", "member_id", "offer_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("exchange_offers.id"), index=True)
    order_id: Mapped[UUID]
    member_id: Mapped[UUID]
    quantity: Mapped[int]
    released_at: Mapped[datetime | None]
