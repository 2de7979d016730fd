"""Batches of coupons: who may get how many of which promotion, and the codes some are got by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.promotions import CouponBatchKind, CouponBatchState, CouponTrigger
from app.models.base import Base, Code, Minor, Name, Versioned


class CouponBatch(Versioned):
    """One offer of coupons of a promotion.

    `issued` counts coupons of a batch with a `total`, save those got by codes of their own: an
    unlimited batch would be a row every claim writes. `made` counts codes, or members the worker
    has looked at, `cursor` the last of them. `salt` is what codes are derived with until they were
    shown; without it nobody can derive them again. `resume_state` is where freezing came from.
    """

    __tablename__ = "coupon_batches"
    __table_args__ = (
        CheckConstraint("per_member >= 1", name="per_member_positive"),
        CheckConstraint("issued >= 0 AND made >= 0", name="counters_not_negative"),
        CheckConstraint("total IS NULL OR issued <= total", name="within_total"),
        CheckConstraint("closes_at IS NULL OR closes_at > opens_at", name="window_forward"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity_forward"),
        CheckConstraint(
            "valid_days IS NULL OR (valid_from IS NULL AND valid_to IS NULL)",
            name="one_kind_of_validity",
        ),
        CheckConstraint(
            "(kind = 'public_code') = (public_code IS NOT NULL)", name="public_code_by_kind"
        ),
        CheckConstraint("(kind = 'automatic') = (trigger IS NOT NULL)", name="trigger_by_kind"),
        CheckConstraint("kind <> 'codes' OR total IS NOT NULL", name="codes_are_counted"),
        CheckConstraint("(state = 'frozen') = (resume_state IS NOT NULL)", name="frozen_resumes"),
        Index(
            "ix_coupon_batches_making",
            "id",
            postgresql_where=text("state = 'making'"),
        ),
        Index(
            "ix_coupon_batches_trigger",
            "trigger",
            postgresql_where=text("trigger IS NOT NULL AND state = 'made'"),
        ),
    )

    promotion_id: Mapped[UUID] = mapped_column(ForeignKey("promotions.id"), index=True)
    name: Mapped[Name]
    kind: Mapped[CouponBatchKind]
    state: Mapped[CouponBatchState] = mapped_column(server_default="making")
    resume_state: Mapped[CouponBatchState | None]
    tag: Mapped[Code | None]
    total: Mapped[int | None]
    per_member: Mapped[int] = mapped_column(server_default="1")
    issued: Mapped[int] = mapped_column(server_default="0")
    made: Mapped[int] = mapped_column(server_default="0")
    cursor: Mapped[UUID | None]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]
    valid_days: Mapped[int | None]
    public_code: Mapped[str | None] = mapped_column(String(32), unique=True)
    tiers: Mapped[list[str]] = mapped_column(ARRAY(String(64)), server_default=text("'{}'"))
    is_first_order: Mapped[bool] = mapped_column(server_default="false")
    registered_from: Mapped[datetime | None]
    registered_before: Mapped[datetime | None]
    has_targets: Mapped[bool] = mapped_column(server_default="false")
    trigger: Mapped[CouponTrigger | None]
    min_amount_minor: Mapped[Minor | None]
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    exporting_until: Mapped[datetime | None]


class CouponTarget(Base):
    """A member a targeted batch names; a batch that names nobody gives to its whole segment."""

    __tablename__ = "coupon_targets"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("coupon_batches.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)


class CouponCode(Base):
    """A code that gives one coupon, once; only its keyed hash is kept."""

    __tablename__ = "coupon_codes"
    __table_args__ = (
        CheckConstraint("(coupon_id IS NULL) = (used_at IS NULL)", name="used_for_a_coupon"),
    )

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("coupon_batches.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    coupon_id: Mapped[UUID | None] = mapped_column(ForeignKey("coupons.id"), unique=True)
    used_at: Mapped[datetime | None]
