"""Promotions, their quotas and uses, and coupons."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.promotions import CouponState, PromotionStatus, UseState
from app.models.base import Base, Code, Currency, Entity, Json, Minor, Name, Versioned


class Promotion(Versioned):
    """A rule of the promotion engine; the JSON columns hold what `promotions.engine` parses.

    A promotion that `needs_coupon` applies only with a coupon instance of its own.
    `approved_number` names the version approved last. Terms change in drafts alone and what
    started never becomes one again, so every use of a promotion was on that version.
    """

    __tablename__ = "promotions"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="window_forward"),
        Index("ix_promotions_status", "status", "currency"),
        CheckConstraint(
            "archived_at IS NULL OR status IN ('draft', 'running', 'ended')",
            name="archived_when_over",
        ),
    )

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"))
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    stage: Mapped[Code]
    priority: Mapped[int] = mapped_column(server_default="0")
    status: Mapped[PromotionStatus] = mapped_column(server_default="draft")
    currency: Mapped[Currency]
    channel_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    needs_coupon: Mapped[bool] = mapped_column(server_default="false")
    scope: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    condition: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    action: Mapped[Json]
    stack: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    limits: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    funding: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    refund: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    drafted_by: Mapped[str | None] = mapped_column(String(128))
    edited_by: Mapped[str | None] = mapped_column(String(128))
    rejection: Mapped[str | None] = mapped_column(String(500))
    approved_number: Mapped[int | None]
    archived_at: Mapped[datetime | None]


class PromotionEpoch(Base):
    """One row that counts the changes to what is running, kept by triggers.

    It changes with promotions that run or ran, their limits, and moves of categories, never with
    an order. Equal numbers mean equal rules, so whoever remembers rules compares it.
    """

    __tablename__ = "promotion_epochs"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default="1")
    number: Mapped[int] = mapped_column(BigInteger, server_default="1")


class PromotionVersion(Base):
    """The terms of a promotion as they were approved, limits included. Never changed."""

    __tablename__ = "promotion_versions"

    promotion_id: Mapped[UUID] = mapped_column(ForeignKey("promotions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    terms: Mapped[Json]
    approved_by: Mapped[str] = mapped_column(String(128))
    approved_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PromotionQuota(Base):
    """How much of a promotion is left. Null limits are unlimited (pricing specification 2.7).

    A day begins at midnight in `time_zone`.
    """

    __tablename__ = "promotion_quotas"
    __table_args__ = (
        CheckConstraint(
            "reserved >= 0 AND consumed >= 0 AND reserved_minor >= 0 AND consumed_minor >= 0",
            name="counters_not_negative",
        ),
        CheckConstraint(
            "total_uses IS NULL OR reserved + consumed <= total_uses", name="within_total_uses"
        ),
        CheckConstraint(
            "budget_minor IS NULL OR reserved_minor + consumed_minor <= budget_minor",
            name="within_budget",
        ),
    )

    promotion_id: Mapped[UUID] = mapped_column(
        ForeignKey("promotions.id", ondelete="CASCADE"), primary_key=True
    )
    total_uses: Mapped[int | None]
    uses_per_member: Mapped[int | None]
    uses_per_day: Mapped[int | None]
    uses_per_member_per_day: Mapped[int | None]
    time_zone: Mapped[str] = mapped_column(String(64), server_default="Asia/Shanghai")
    budget_minor: Mapped[Minor | None]
    reserved: Mapped[int] = mapped_column(server_default="0")
    consumed: Mapped[int] = mapped_column(server_default="0")
    reserved_minor: Mapped[Minor] = mapped_column(server_default="0")
    consumed_minor: Mapped[Minor] = mapped_column(server_default="0")


class PromotionDay(Base):
    """How often a promotion with a limit per day was used on one; `most` is that limit."""

    __tablename__ = "promotion_days"
    __table_args__ = (CheckConstraint("used BETWEEN 0 AND most", name="within_most"),)

    promotion_id: Mapped[UUID] = mapped_column(
        ForeignKey("promotions.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    used: Mapped[int]
    most: Mapped[int]


class PromotionUse(Entity):
    """One order's use of a promotion.

    `slot` numbers the uses of one member, `day_slot` those of one day, so that the limits per
    member are unique indexes and not counts. `day` is when it was reserved, by the promotion's
    clock, where days are counted.
    """

    __tablename__ = "promotion_uses"
    __table_args__ = (
        UniqueConstraint("order_id", "promotion_id"),
        Index(
            "uq_promotion_uses_slot",
            "promotion_id",
            "member_id",
            "slot",
            unique=True,
            postgresql_where=text("slot IS NOT NULL AND state <> 'released'"),
        ),
        Index(
            "uq_promotion_uses_day_slot",
            "promotion_id",
            "member_id",
            "day",
            "day_slot",
            unique=True,
            postgresql_where=text("day_slot IS NOT NULL AND state <> 'released'"),
        ),
        CheckConstraint("day_slot IS NULL OR day IS NOT NULL", name="slot_of_a_day"),
        Index(
            "ix_promotion_uses_released",
            "promotion_id",
            postgresql_where=text("state = 'released'"),
        ),
    )

    promotion_id: Mapped[UUID] = mapped_column(ForeignKey("promotions.id"))
    order_id: Mapped[UUID]
    member_id: Mapped[UUID]
    slot: Mapped[int | None]
    day: Mapped[date | None]
    day_slot: Mapped[int | None]
    amount_minor: Mapped[Minor]
    state: Mapped[UseState] = mapped_column(server_default="reserved")


class Coupon(Entity):
    """A coupon instance of a promotion. `code` is what a shopper types; it may be unclaimed.

    Of a batch, `slot` numbers the coupons of one member, so that the limit per member is a unique
    index and not a count; `origin` names the fact that an automatic coupon is for, once. One that
    `is_withdrawn`, since what it was for is undone, is over as soon as no order holds it.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('reserved', 'consumed')) = (order_id IS NOT NULL)", name="order_when_used"
        ),
        Index("ix_coupons_member_id", "member_id", "state"),
        Index("ix_coupons_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_coupons_expiring", "valid_to", postgresql_where=text("state = 'available'")),
        CheckConstraint(
            "batch_id IS NULL OR (slot IS NOT NULL AND member_id IS NOT NULL)",
            name="batch_gives_to_members",
        ),
        Index(
            "uq_coupons_slot",
            "batch_id",
            "member_id",
            "slot",
            unique=True,
            postgresql_where=text("batch_id IS NOT NULL"),
        ),
        Index(
            "uq_coupons_origin",
            "origin",
            "batch_id",
            unique=True,
            postgresql_where=text("origin IS NOT NULL"),
        ),
    )

    promotion_id: Mapped[UUID] = mapped_column(ForeignKey("promotions.id"), index=True)
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    code: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[CouponState] = mapped_column(server_default="available")
    order_id: Mapped[UUID | None]
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("coupon_batches.id"))
    slot: Mapped[int | None]
    origin: Mapped[str | None] = mapped_column(String(80))
    is_withdrawn: Mapped[bool] = mapped_column(server_default=false())
