"""Lotteries: as staff set them up and as members see them."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from app.core.enums.crm import LotteryStatus, PrizeKind
from app.schemas.base import MAX_INT32, Code, Id, Input, Name, Output, Version
from app.services.crm import LotteryTerms, LotteryTotals, LotteryView, PrizeTerms, ShownLottery

Odds = Annotated[int, Field(ge=0, le=1_000_000, description="In a million draws.")]
Points = Annotated[int, Field(ge=1, le=1_000_000)]
Draws = Annotated[int, Field(ge=1, le=10_000)]
Count = Annotated[int, Field(ge=0)]


class PrizeIn(Input):
    """What a draw may win.

    `points` needs `points`, `coupon` a `batch_id` of a coupon batch of kind `prize`. One prize of
    kind `nothing` is the consolation: what a draw gets when its prize is gone.
    """

    name: Name
    kind: PrizeKind
    odds_ppm: Odds
    stock: Annotated[int, Field(ge=0, le=MAX_INT32)] | None = Field(
        default=None, description="How many there are; null never runs out."
    )
    points: Points | None = None
    batch_id: Id | None = None
    is_consolation: bool = False

    def terms(self) -> PrizeTerms:
        return PrizeTerms(**{name: getattr(self, name) for name in PrizeIn.model_fields})


class LotteryPut(Input):
    """The terms of a draft, its prizes included: their odds sum to 1 000 000."""

    name: Name
    starts_at: datetime | None = Field(default=None, description="Null: at once.")
    ends_at: datetime | None = Field(default=None, description="The first instant without.")
    points_cost: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        default=0, description="Points a draw costs."
    )
    draws_per_day: Draws | None = Field(
        default=1, description="Of one member, by the channel's time zone; null is no limit."
    )
    draws_per_member: Draws | None = Field(
        default=None, description="Of one member in all; null is no limit."
    )
    prizes: Annotated[list[PrizeIn], Field(min_length=1, max_length=50)]

    def terms(self) -> LotteryTerms:
        values = {name: getattr(self, name) for name in LotteryPut.model_fields}
        return LotteryTerms(**values | {"prizes": tuple(each.terms() for each in self.prizes)})


class LotteryIn(LotteryPut):
    code: Code
    channel_id: Id


class LotteryCardOut(Output):
    id: UUID
    code: str
    name: str
    channel_id: UUID
    status: LotteryStatus
    starts_at: datetime | None
    ends_at: datetime | None
    points_cost: int
    draws_per_day: int | None
    draws_per_member: int | None
    version: Version
    created_at: datetime
    updated_at: datetime


class PrizeOut(Output):
    id: UUID
    name: str
    kind: PrizeKind
    odds_ppm: int
    stock: int | None
    won: int = Field(description="Of a stock; without one see the totals.")
    points: int | None
    batch_id: UUID | None
    is_consolation: bool


class LotteryOut(LotteryCardOut):
    prizes: list[PrizeOut]

    @classmethod
    def of(cls, view: LotteryView) -> Self:
        values = {name: getattr(view.lottery, name) for name in LotteryCardOut.model_fields}
        return cls(**values, prizes=[PrizeOut.model_validate(each) for each in view.prizes])


class PrizeTotalsOut(Output):
    """Draws that got a prize; `fallbacks` of them fell on another one, which was gone."""

    id: UUID
    name: str
    kind: PrizeKind
    odds_ppm: int
    stock: int | None
    draws: Count
    fallbacks: Count
    points: Count


class LotteryTotalsOut(Output):
    """What a lottery gave and took."""

    members: Count
    draws: Count
    fallbacks: Count
    points_given: Count
    points_taken: Count
    prizes: list[PrizeTotalsOut]

    @classmethod
    def of(cls, totals: LotteryTotals) -> Self:
        rows = totals.prizes
        return cls(
            members=totals.members,
            draws=sum(each.draws for each in rows),
            fallbacks=sum(each.fallbacks for each in rows),
            points_given=sum(each.points for each in rows),
            points_taken=sum(each.points_cost for each in rows),
            prizes=[PrizeTotalsOut.model_validate(each) for each in rows],
        )


class DrawOut(Output):
    """One draw and what it won; `is_fallback` when the prize it fell on was gone."""

    id: UUID
    lottery_id: UUID
    lottery_name: str
    day_on: date
    number: int = Field(description="Your draws in the lottery, counted from 1.")
    prize_id: UUID
    prize_name: str
    kind: PrizeKind
    is_fallback: bool
    points_cost: int
    points: int
    coupon_id: UUID | None
    created_at: datetime


class StaffDrawOut(DrawOut):
    """A draw with the roll, from 0 to 999 999, and the prize it fell on."""

    member_id: UUID
    roll: int
    rolled_id: UUID
    rolled_name: str


class ShownPrizeOut(Output):
    """A prize, its odds in a million as they were set, and whether one is left."""

    id: UUID
    name: str
    kind: PrizeKind
    odds_ppm: int
    points: int | None
    is_left: bool
    is_consolation: bool


class ShownLotteryOut(Output):
    """A lottery and how often you may still draw today.

    A draw whose prize is gone gets the consolation, whatever the odds say.
    """

    id: UUID
    code: str
    name: str
    is_open: bool
    starts_at: datetime | None
    ends_at: datetime | None
    points_cost: int
    draws_per_day: int | None
    draws_per_member: int | None
    draws_left: int | None = Field(description="Null: without limit, or you have not signed in.")
    prizes: list[ShownPrizeOut]

    @classmethod
    def of(cls, shown: ShownLottery) -> Self:
        extra: dict[str, Any] = {"draws_left": shown.draws_left}
        names = cls.model_fields.keys() - {"draws_left", "prizes"}
        values = {name: getattr(shown.lottery, name) for name in names}
        prizes = [
            ShownPrizeOut(
                id=each.id,
                name=each.name,
                kind=each.kind,
                odds_ppm=each.odds_ppm,
                points=each.points,
                is_left=each.remaining is None or each.remaining > 0,
                is_consolation=each.is_consolation,
            )
            for each in shown.prizes
        ]
        return cls(**values, **extra, prizes=prizes)
