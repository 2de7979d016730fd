"""Bargains: prices that friends cut down, and what orders took of them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Currency, Entity, Minor, Versioned


class BargainActivity(Versioned):
    """One piece of a SKU that costs `floor_minor` once `cuts` others brought it from `start_minor`.

    A bargain may be started in the window and lives `lives_hours`. `quota` limits the pieces
    ordered, null does not; `sold` counts with unpaid orders. One member helps at most
    `helps_per_day` bargains of it, by the days of the channel. Without `tiers` every member may
    start one.
    """

    __tablename__ = "bargain_activities"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="window_forward"),
        CheckConstraint("floor_minor >= 0", name="floor_minor_not_negative"),
        CheckConstraint("cuts > 0 AND start_minor - floor_minor >= cuts", name="cuts_possible"),
        CheckConstraint("lives_hours > 0", name="lives_hours_positive"),
        CheckConstraint("helps_per_day > 0", name="helps_per_day_positive"),
        CheckConstraint("sold >= 0 AND (quota IS NULL OR sold <= quota)", name="sold_within_quota"),
        Index("ix_bargain_activities_shown", "channel_id", "id"),
    )

    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"), index=True)
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    currency: Mapped[Currency]
    start_minor: Mapped[Minor]
    floor_minor: Mapped[Minor]
    cuts: Mapped[int]
    lives_hours: Mapped[int]
    helps_per_day: Mapped[int]
    quota: Mapped[int | None]
    tiers: Mapped[list[str]] = mapped_column(ARRAY(String(64)), server_default=text("'{}'"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    blocks_promotions: Mapped[bool] = mapped_column(server_default="true")
    is_active: Mapped[bool] = mapped_column(server_default="true")
    sold: Mapped[int] = mapped_column(server_default="0")


class Bargain(Entity):
    """A member's bargain of an activity, with the terms it was started under.

    `seed` decides every cut. `cut_minor` is the sum of the `cuts_made`; the last one finishes it.
    `order_id` is the order that took it. While it `is_open` its owner starts no other.
    """

    __tablename__ = "bargains"
    __table_args__ = (
        CheckConstraint(
            "floor_minor >= 0 AND cuts > 0 AND start_minor - floor_minor >= cuts",
            name="cuts_possible",
        ),
        CheckConstraint(
            "cuts_made BETWEEN 0 AND cuts AND cut_minor >= cuts_made"
            " AND start_minor - floor_minor - cut_minor >= cuts - cuts_made",
            name="cuts_within",
        ),
        CheckConstraint(
            "(finished_at IS NOT NULL) = (cuts_made = cuts)"
            " AND (finished_at IS NULL OR cut_minor = start_minor - floor_minor)",
            name="finished_at_the_floor",
        ),
        CheckConstraint(
            "order_id IS NULL OR (finished_at IS NOT NULL AND NOT is_open)", name="ordered_finished"
        ),
        Index(
            "uq_bargains_open",
            "activity_id",
            "member_id",
            unique=True,
            postgresql_where=text("is_open"),
        ),
        Index("ix_bargains_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_bargains_activity_id", "activity_id", "id"),
    )

    activity_id: Mapped[UUID] = mapped_column(ForeignKey("bargain_activities.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    seed: Mapped[int] = mapped_column(BigInteger)
    start_minor: Mapped[Minor]
    floor_minor: Mapped[Minor]
    cuts: Mapped[int]
    cuts_made: Mapped[int] = mapped_column(server_default="0")
    cut_minor: Mapped[Minor] = mapped_column(server_default="0")
    is_open: Mapped[bool] = mapped_column(server_default="true")
    expires_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    order_id: Mapped[UUID | None]


class BargainCut(Entity):
    """What a helper cut off a bargain, once each. `day_on` is the channel's day. Never changed."""

    __tablename__ = "bargain_cuts"
    __table_args__ = (
        UniqueConstraint("bargain_id", "position"),
        UniqueConstraint("bargain_id", "member_id"),
        Index("ix_bargain_cuts_member_id", "member_id", "day_on"),
        CheckConstraint("position > 0", name="position_positive"),
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
    )

    bargain_id: Mapped[UUID] = mapped_column(ForeignKey("bargains.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    position: Mapped[int]
    amount_minor: Mapped[Minor]
    day_on: Mapped[date]
