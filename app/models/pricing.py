"""Price lists, prices and every change of a price."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.pricing import Objective, PriceListKind, ShippingTax, TaxScope
from app.models.base import Base, Code, Currency, Entity, Minor, Name, Versioned, not_negative


class PriceList(Versioned):
    """A named set of prices and who gets them; a window.

    Everybody gets them, or a channel, a member tier, the members named (`b2b`), carts of a group.
    """

    __tablename__ = "price_lists"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="window_forward"),
        CheckConstraint("(kind = 'member_tier') = (tier IS NOT NULL)", name="tier_when_member"),
        Index("ix_price_lists_currency", "currency", "is_active"),
    )

    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    kind: Mapped[PriceListKind]
    currency: Mapped[Currency]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    tier: Mapped[Code | None]
    blocks_promotions: Mapped[bool] = mapped_column(server_default="false")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(server_default="true")


class PriceListMember(Base):
    """A member who gets the prices of a list of kind `b2b`."""

    __tablename__ = "price_list_members"

    price_list_id: Mapped[UUID] = mapped_column(ForeignKey("price_lists.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    added_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Price(Base):
    """What one unit of a SKU costs on a list when at least `min_quantity` are bought.

    Changes to come stand in the row itself: from `change_ats[i]` on the price is
    `change_minors[i]`, null for none. Whoever reads a price asks `price_at` for it, so that a
    change takes effect at its instant; a job folds it into `price_minor` when it is past.
    `quota` limits the units a flash price may take; `sold` counts them, with unpaid ones.
    """

    __tablename__ = "prices"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price_minor_not_negative"),
        CheckConstraint("min_quantity >= 1", name="min_quantity_positive"),
        CheckConstraint("quota IS NULL OR sold <= quota", name="sold_within_quota"),
        CheckConstraint("sold >= 0", name="sold_not_negative"),
        CheckConstraint(
            "CASE WHEN change_ats IS NULL THEN change_minors IS NULL ELSE"
            " cardinality(change_ats) > 0 AND cardinality(change_ats) ="
            " coalesce(cardinality(change_minors), 0) END",
            name="changes_paired",
        ),
        CheckConstraint(
            "price_minor IS NOT NULL OR change_ats IS NOT NULL", name="price_now_or_later"
        ),
        Index("ix_prices_changing", "price_list_id", postgresql_where="change_ats IS NOT NULL"),
    )

    sku_id: Mapped[UUID] = mapped_column(
        ForeignKey("skus.id", ondelete="CASCADE"), primary_key=True
    )
    price_list_id: Mapped[UUID] = mapped_column(
        ForeignKey("price_lists.id"), primary_key=True, index=True
    )
    min_quantity: Mapped[int] = mapped_column(primary_key=True, server_default="1")
    price_minor: Mapped[Minor | None]
    change_ats: Mapped[list[datetime] | None] = mapped_column(ARRAY(DateTime(timezone=True)))
    change_minors: Mapped[list[int | None] | None] = mapped_column(ARRAY(BigInteger))
    quota: Mapped[int | None]
    per_member: Mapped[int | None]
    sold: Mapped[int] = mapped_column(server_default="0")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PriceUse(Entity):
    """Units of a quota price an order took; given back when the order closes unpaid.

    Until `held_until` the order is to be paid; null since it is.
    """

    __tablename__ = "price_uses"
    __table_args__ = (
        UniqueConstraint("order_id", "sku_id", "price_list_id", "min_quantity"),
        Index("ix_price_uses_member_id", "member_id", "price_list_id", "sku_id"),
        Index(
            "ix_price_uses_held",
            "price_list_id",
            "sku_id",
            "held_until",
            postgresql_where=text("held_until IS NOT NULL AND released_at IS NULL"),
        ),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    order_id: Mapped[UUID]
    member_id: Mapped[UUID]
    sku_id: Mapped[UUID]
    price_list_id: Mapped[UUID]
    min_quantity: Mapped[int]
    quantity: Mapped[int]
    held_until: Mapped[datetime | None]
    released_at: Mapped[datetime | None]


class PriceChange(Entity):
    """One line of price history; `new_minor` is null when the price was withdrawn.

    A planned change is noted when it is past, with the instant at which it took effect.
    """

    __tablename__ = "price_changes"
    __table_args__ = (Index("ix_price_changes_sku_id", "sku_id", "id"),)

    sku_id: Mapped[UUID]
    price_list_id: Mapped[UUID]
    min_quantity: Mapped[int]
    currency: Mapped[Currency]
    old_minor: Mapped[Minor | None]
    new_minor: Mapped[Minor | None]
    actor: Mapped[Code | None]
    reason: Mapped[str | None] = mapped_column(String(500))
    schedule_id: Mapped[UUID | None]


LOWEST_DAYS = 30
"""The strike price shown beside an offer is the lowest of so many days (directive 98/6/EC 6a)."""


class PricePolicy(Versioned):
    """What a channel allows of discounts; without a channel what all do that say nothing.

    Null leaves it to the row without a channel, and there to the engine's defaults.
    """

    __tablename__ = "price_policies"
    __table_args__ = (
        UniqueConstraint("channel_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("max_discount_bps BETWEEN 0 AND 10000", name="max_discount_bps_range"),
        CheckConstraint("min_margin_bps BETWEEN 0 AND 9999", name="min_margin_bps_range"),
        CheckConstraint("joint_discount_bps BETWEEN 0 AND 10000", name="joint_discount_bps_range"),
        CheckConstraint("approval_drop_bps BETWEEN 0 AND 10000", name="approval_drop_bps_range"),
        CheckConstraint("shipping_tax_bps BETWEEN 0 AND 10000", name="shipping_tax_bps_range"),
        CheckConstraint("cardinality(stages) >= 1", name="stages_not_empty"),
    )

    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    max_discount_bps: Mapped[int | None]
    min_margin_bps: Mapped[int | None]
    objective: Mapped[Objective | None]
    stages: Mapped[list[str] | None] = mapped_column(ARRAY(String(32)))
    tax_scope: Mapped[TaxScope | None]
    shipping_tax: Mapped[ShippingTax | None]
    shipping_tax_bps: Mapped[int | None]
    joint_discount_bps: Mapped[int | None]
    approval_drop_bps: Mapped[int | None]


class PriceFloor(Base):
    """The least a SKU may cost in a currency after discounts."""

    __tablename__ = "price_floors"
    __table_args__ = (*not_negative("floor_minor"),)

    sku_id: Mapped[UUID] = mapped_column(
        ForeignKey("skus.id", ondelete="CASCADE"), primary_key=True
    )
    currency: Mapped[Currency] = mapped_column(primary_key=True)
    floor_minor: Mapped[Minor]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PriceSpan(Base):
    """What one piece of a SKU cost everybody in a channel in `[valid_from, valid_to)`.

    It is the lowest price of one piece on lists of kind list, channel and flash; prices for some
    members, for more pieces or for groups, coupons and promotions do not count. Kept by triggers
    on prices, price lists, SKUs and channels: what is past is closed and never changed, what is to
    come follows from the windows. A flash price counts while its window is open, sold out or not.
    """

    __tablename__ = "price_spans"
    __table_args__ = (
        CheckConstraint("valid_from < valid_to", name="span_forward"),
        *not_negative("price_minor"),
    )

    sku_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(primary_key=True)
    valid_from: Mapped[datetime] = mapped_column(primary_key=True)
    valid_to: Mapped[datetime]
    price_minor: Mapped[Minor]
