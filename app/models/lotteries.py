"""Lotteries: what may be drawn, how likely it is, and what was drawn."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.crm import LotteryStatus, PrizeKind
from app.models.base import Code, Entity, Name, Versioned, not_negative


class Lottery(Versioned):
    """A draw costs `points_cost`; a member draws so often a day and in all, null is no limit.

    Days are those of the channel's time zone.
    """

    __tablename__ = "lotteries"
    __table_args__ = (
        *not_negative("points_cost"),
        CheckConstraint("draws_per_day > 0", name="draws_per_day_positive"),
        CheckConstraint("draws_per_member > 0", name="draws_per_member_positive"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="window_forward"),
    )

    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"), index=True)
    status: Mapped[LotteryStatus] = mapped_column(server_default="draft")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    points_cost: Mapped[int] = mapped_column(server_default="0")
    draws_per_day: Mapped[int | None]
    draws_per_member: Mapped[int | None]


class LotteryPrize(Entity):
    """One prize, won with `odds_ppm` in a million.

    `won` counts prizes of a stock only: without one it would be a row every draw writes. The
    consolation is what a draw gets when its prize is gone, so it cannot run out itself.
    """

    __tablename__ = "lottery_prizes"
    __table_args__ = (
        UniqueConstraint("lottery_id", "position"),
        CheckConstraint("odds_ppm BETWEEN 0 AND 1000000", name="odds_ppm_range"),
        CheckConstraint("stock >= 0", name="stock_not_negative"),
        CheckConstraint("won BETWEEN 0 AND coalesce(stock, 0)", name="won_within_stock"),
        CheckConstraint(
            "(kind = 'points') = (points IS NOT NULL) AND coalesce(points > 0, true)",
            name="points_by_kind",
        ),
        CheckConstraint("(kind = 'coupon') = (batch_id IS NOT NULL)", name="batch_by_kind"),
        CheckConstraint(
            "NOT is_consolation OR (kind = 'nothing' AND stock IS NULL)",
            name="consolation_never_runs_out",
        ),
        Index(
            "uq_lottery_prizes_consolation",
            "lottery_id",
            unique=True,
            postgresql_where=text("is_consolation"),
        ),
    )

    lottery_id: Mapped[UUID] = mapped_column(ForeignKey("lotteries.id"))
    position: Mapped[int]
    name: Mapped[Name]
    kind: Mapped[PrizeKind]
    odds_ppm: Mapped[int]
    stock: Mapped[int | None]
    won: Mapped[int] = mapped_column(server_default="0")
    points: Mapped[int | None]
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("coupon_batches.id"))
    is_consolation: Mapped[bool] = mapped_column(server_default="false")


class LotteryDraw(Entity):
    """A draw of a member. Append-only.

    `roll`, from 0 to 999 999, fell on the prize `rolled_id`; `prize_id` is what was won, the
    consolation where `is_fallback`. `number` counts the member's draws in the lottery and
    `day_number` those of the day, so that no two are the same draw. The lot of points won and the
    coupon have the source `lottery:<id>`.
    """

    __tablename__ = "lottery_draws"
    __table_args__ = (
        UniqueConstraint("lottery_id", "member_id", "number", name="uq_lottery_draws_number"),
        UniqueConstraint(
            "lottery_id", "member_id", "day_on", "day_number", name="uq_lottery_draws_day_number"
        ),
        Index("ix_lottery_draws_lottery_id", "lottery_id", "id"),
        Index("ix_lottery_draws_member_id", "member_id", "id"),
        Index("ix_lottery_draws_prize_id", "prize_id", "id"),
        CheckConstraint("number > 0 AND day_number BETWEEN 1 AND number", name="numbers_positive"),
        CheckConstraint("roll BETWEEN 0 AND 999999", name="roll_range"),
        CheckConstraint("is_fallback = (prize_id <> rolled_id)", name="fallback_is_another"),
        *not_negative("points_cost", "points"),
    )

    lottery_id: Mapped[UUID] = mapped_column(ForeignKey("lotteries.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    day_on: Mapped[date]
    number: Mapped[int]
    day_number: Mapped[int]
    roll: Mapped[int]
    rolled_id: Mapped[UUID] = mapped_column(ForeignKey("lottery_prizes.id"))
    prize_id: Mapped[UUID] = mapped_column(ForeignKey("lottery_prizes.id"))
    is_fallback: Mapped[bool]
    points_cost: Mapped[int]
    points: Mapped[int]
    coupon_id: Mapped[UUID | None] = mapped_column(ForeignKey("coupons.id"))
