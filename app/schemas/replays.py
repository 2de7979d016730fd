"""Shapes of replays: placed orders with other promotions."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.reports import ReplayState
from app.schemas.base import Code, Currency, Input, MinorUnits, Output, SignedMinorUnits
from app.schemas.promotion_trials import TRIED, UNSAVED, Drafts, Tried
from app.services.promotions.engine import Objective
from app.services.reports import DEFAULT_ORDERS, MOST_ORDERS, ReplayView, StartReplay

OLDEST, NEWEST = 1970, 9998
"""Years in which orders may have been placed."""


class StartReplayIn(Input):
    """Which orders, and with which promotions besides and without which they are replayed."""

    channel: Code | None = Field(default=None, description="Null: the default channel.")
    promotions: Tried = Field(default_factory=list, description=TRIED)
    drafts: Drafts = Field(default_factory=list, description=UNSAVED)
    without: Tried = Field(
        default_factory=list, description="Promotions of then to do without, as if never started."
    )
    has_coupons: bool = Field(
        default=True, description="Every shopper holds a coupon of what is tried and takes one."
    )
    objective: Objective | None = Field(
        default=None, description="How to choose what applies; null: as each order was quoted."
    )
    last_orders: Annotated[int, Field(ge=1, le=MOST_ORDERS)] = Field(
        default=DEFAULT_ORDERS, description="The latest so many of the orders wanted."
    )
    placed_from: datetime | None = None
    placed_to: datetime | None = Field(default=None, description="The first instant without.")
    unpaid_too: bool = Field(default=False, description="Also orders nobody has paid for.")
    keeps_windows: bool = Field(
        default=False,
        description="What is tried applies inside its window alone; otherwise always. Orders are"
        " replayed at the time they were placed.",
    )
    shift_days: Annotated[int, Field(ge=0, le=3_660)] = Field(
        default=0,
        description="With `keeps_windows`: windows are moved back so far, to meet past orders.",
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not (self.promotions or self.drafts or self.without or self.objective):
            raise ValueError("Try something: promotions, drafts, without or an objective")
        if any(at and not OLDEST <= at.year <= NEWEST for at in (self.placed_from, self.placed_to)):
            raise ValueError(f"Name years from {OLDEST} to {NEWEST}")
        if self.placed_from and self.placed_to and self.placed_to <= self.placed_from:
            raise ValueError("placed_to must be after placed_from")
        return self

    def command(self) -> StartReplay:
        return StartReplay(
            channel=self.channel,
            promotion_ids=tuple(dict.fromkeys(self.promotions)),
            drafts=tuple(each.terms() for each in self.drafts),
            without=tuple(dict.fromkeys(self.without)),
            has_coupons=self.has_coupons,
            objective=self.objective,
            last_orders=self.last_orders,
            placed_from=self.placed_from,
            placed_to=self.placed_to,
            unpaid_too=self.unpaid_too,
            keeps_windows=self.keeps_windows,
            shift_days=self.shift_days,
        )


class ChangeOut(Output):
    """A sum of all orders without what is tried, with it, and the difference."""

    before: int
    after: int
    delta: int


class BarOut(Output):
    """Changed orders whose payable changes by so much; below zero the shopper pays less.

    Above zero without `low_minor` itself, below zero without `high_minor`; both 0: other promotions
    for the same money.
    """

    low_minor: SignedMinorUnits
    high_minor: SignedMinorUnits
    orders: int


class ReasonCountOut(Output):
    reason: str
    orders: int


class ReplayFunderOut(Output):
    """What promotions cost a funder in minor units, by the shares they were approved with."""

    funder: str = Field(
        description="`merchant`, `platform` or `supplier`; the merchant by default."
    )
    cost: ChangeOut


class MarginOut(Output):
    """Revenue without tax less cost, in minor units, of pieces whose SKU has a cost.

    Gifts bring nothing and cost what they cost. Shipping is left out.
    """

    revenue: ChangeOut
    cost: ChangeOut
    margin: ChangeOut
    rate_before_bps: int | None = Field(description="Margin of revenue; null without revenue.")
    rate_after_bps: int | None
    pieces: ChangeOut
    pieces_unknown: ChangeOut = Field(description="Pieces whose cost nobody entered.")


class ReplayedPromotionOut(Output):
    """What a promotion does to the orders replayed; amounts in minor units."""

    promotion_id: UUID
    name: str
    is_tried: bool
    orders: ChangeOut
    amount: ChangeOut
    capped: ChangeOut = Field(description="What price floors kept it from taking.")
    gift: ChangeOut = Field(description="List value of what it gave.")


class ExclusionOut(Output):
    """How many orders with what is tried have `loser` shut out by `winner`."""

    loser_id: UUID
    loser: str
    winner_id: UUID
    winner: str
    rule: int = Field(
        description="1 exclusive for the order, 2 a common group, 3 named in `not_with`, 4 no"
        " consent in the stage, 5 none across stages."
    )
    orders: int


class IdleOut(Output):
    promotion_id: UUID
    name: str
    reasons: list[ReasonCountOut]


class ReplayResultOut(Output):
    """Sums of the orders done so far, in minor units of the replay's currency.

    Both sides are quotes of today's engine on what the order froze: `before` with the promotions
    in force then, on the terms they were approved with, `after` with what is tried. Orders that
    are `skipped` are in no sum; those in `unreproduced` are in all of them.
    """

    orders: int
    changed: int
    cheaper: int
    dearer: int
    bounded: int = Field(description="Orders where the best set of promotions is not proven.")
    payable: ChangeOut
    discount: ChangeOut
    least_delta_minor: SignedMinorUnits
    most_delta_minor: SignedMinorUnits
    deltas: list[BarOut]
    reproduced: int = Field(description="Orders that give exactly their stored numbers again.")
    unreproduced: list[ReasonCountOut] = Field(
        description="In what others differ: `payable`, `applied`, `units`, or `engine` where"
        " another version of the engine quoted them."
    )
    unreproduced_delta_minor: SignedMinorUnits = Field(description="Their part of the difference.")
    skipped: list[ReasonCountOut] = Field(
        description="Why others could not be quoted: `no_quote`, `goods_gone`, `taxed_shipping`,"
        " `promotion_unreadable`, `quote_unreadable`, `engine_refused`; more may come."
    )
    funders: list[ReplayFunderOut]
    margin: MarginOut
    pieces_below_cost: ChangeOut
    orders_below_cost: ChangeOut
    pieces_below_floor: ChangeOut
    orders_capped: ChangeOut = Field(description="Orders in which a floor held a discount back.")
    promotions: list[ReplayedPromotionOut] = Field(description="What is tried comes first.")
    exclusions: list[ExclusionOut]
    never_applied: list[IdleOut] = Field(description="Tried, but good for no order.")
    displaced: list[IdleOut] = Field(description="Applied before, and with what is tried no more.")


class TriedOut(Output):
    promotion_id: UUID
    name: str
    is_saved: bool
    terms: dict[str, Any] = Field(description="As they were when the replay was asked for.")


class ReplayOut(Output):
    """A replay, its progress and what it found so far."""

    id: UUID
    state: ReplayState
    requested_by: str
    channel_id: UUID
    currency: Currency
    tried: list[TriedOut]
    without: list[UUID]
    has_coupons: bool
    objective: Objective | None
    last_orders: int
    placed_from: datetime | None
    placed_to: datetime | None
    unpaid_too: bool
    keeps_windows: bool
    shift_days: int
    total: int | None = Field(description="Orders to replay; null until a worker has counted them.")
    done: int
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result: ReplayResultOut | None = Field(description="Null before the first orders are done.")

    @classmethod
    def of(cls, view: ReplayView) -> Self:
        row = view.replay
        asked = {name: row.request[name] for name in row.request if name in cls.model_fields}
        columns = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        tried = [
            TriedOut(
                promotion_id=each["id"],
                name=each["terms"]["name"],
                is_saved=each["is_saved"],
                terms=each["terms"],
            )
            for each in row.request["tried"]
        ]
        result = None if view.summary is None else ReplayResultOut.model_validate(view.summary)
        return cls(**asked | columns | {"tried": tried, "result": result})


class TakenOut(Output):
    promotion_id: UUID
    amount_minor: MinorUnits


class ReplayedOrderOut(Output):
    """An order as it is stored, quoted again, and with what is tried.

    Payables and promotions are null for an order that could not be quoted.
    """

    id: UUID
    number: str
    placed_at: datetime
    is_changed: bool
    why: str | None = Field(description="In what it does not reproduce, or why it was skipped.")
    stored_minor: MinorUnits
    before_minor: MinorUnits | None
    after_minor: MinorUnits | None
    delta_minor: SignedMinorUnits | None
    before: list[TakenOut] | None
    after: list[TakenOut] | None
