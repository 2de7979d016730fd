"""A finished or growing tally as people read it: the same figures for JSON, page and chart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from app.core.money import round_half_up
from app.services.promotions.engine.funding import FUNDERS, WHOLE_BPS
from app.services.reports.engine.buckets import Bar, bars_of
from app.services.reports.engine.tally import AFTER, BEFORE, Tally


class Change(NamedTuple):
    """A figure without and with what is tried."""

    before: int
    after: int

    @property
    def delta(self) -> int:
        return self.after - self.before


class FunderSum(NamedTuple):
    """What promotions cost a funder, in minor units."""

    funder: str
    cost: Change


@dataclass(frozen=True, slots=True)
class MarginSum:
    """Of pieces whose cost is known. `rate_bps` is the margin of the revenue, null without any."""

    revenue: Change
    cost: Change
    margin: Change
    rate_before_bps: int | None
    rate_after_bps: int | None
    pieces: Change
    pieces_unknown: Change


@dataclass(frozen=True, slots=True)
class PromotionSum:
    """What a promotion does without and with what is tried."""

    promotion_id: str
    name: str
    is_tried: bool
    orders: Change
    amount: Change
    capped: Change
    gift: Change


class ExclusionSum(NamedTuple):
    """How often `winner` shut out `loser`, and by which rule of 2.3."""

    loser_id: str
    loser: str
    winner_id: str
    winner: str
    rule: int
    orders: int


class Count(NamedTuple):
    """A reason and how many orders it holds for."""

    reason: str
    orders: int


class Idle(NamedTuple):
    """What was tried and never applied, with the reasons; or what applies no more, without."""

    promotion_id: str
    name: str
    reasons: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything a replay found. `deltas` are of changed orders: payable after less before."""

    orders: int
    changed: int
    cheaper: int
    dearer: int
    bounded: int
    payable: Change
    discount: Change
    least_delta_minor: int
    most_delta_minor: int
    deltas: tuple[Bar, ...]
    reproduced: int
    unreproduced: tuple[Count, ...]
    unreproduced_delta_minor: int
    skipped: tuple[Count, ...]
    funders: tuple[FunderSum, ...]
    margin: MarginSum
    pieces_below_cost: Change
    orders_below_cost: Change
    pieces_below_floor: Change
    orders_capped: Change
    promotions: tuple[PromotionSum, ...]
    exclusions: tuple[ExclusionSum, ...]
    never_applied: tuple[Idle, ...]
    displaced: tuple[Idle, ...]


def summarise(tally: Tally, tried: Mapping[str, str], names: Mapping[str, str]) -> Summary:
    """`tried` and `names` are the names of promotions by id: of what is tried, of everything."""
    names = {**names, **tried}
    promotions = tuple(
        PromotionSum(
            each,
            names.get(each, each),
            each in tried,
            *(_change(sums[name]) for name in ("orders", "amount", "capped", "gift")),
        )
        for each, sums in sorted(
            tally.promotions.items(),
            key=lambda item: (item[0] not in tried, -max(item[1]["amount"]), item[0]),
        )
    )
    applied = {each.promotion_id for each in promotions if each.orders.after}
    return Summary(
        orders=tally.orders,
        changed=tally.changed,
        cheaper=tally.cheaper,
        dearer=tally.dearer,
        bounded=tally.bounded,
        payable=_change(tally.payable),
        discount=_change(tally.discount),
        least_delta_minor=tally.least_delta,
        most_delta_minor=tally.most_delta,
        deltas=bars_of(tally.deltas),
        reproduced=tally.orders - sum(tally.unreproduced.values()),
        unreproduced=_counts(tally.unreproduced),
        unreproduced_delta_minor=tally.unreproduced_delta,
        skipped=_counts(tally.skipped),
        funders=tuple(FunderSum(each, _change(tally.funders[each])) for each in FUNDERS),
        margin=_margin(tally),
        pieces_below_cost=_change(tally.pieces_below_cost),
        orders_below_cost=_change(tally.orders_below_cost),
        pieces_below_floor=_change(tally.pieces_below_floor),
        orders_capped=_change(tally.orders_capped),
        promotions=promotions,
        exclusions=_exclusions(tally.exclusions, names),
        never_applied=tuple(
            Idle(each, name, _counts(tally.refused.get(each, {})))
            for each, name in tried.items()
            if each not in applied
        ),
        displaced=tuple(
            Idle(each.promotion_id, each.name, ())
            for each in promotions
            if each.orders.before and not each.orders.after
        ),
    )


def _change(pair: list[int]) -> Change:
    return Change(pair[BEFORE], pair[AFTER])


def _counts(counts: Mapping[str, int]) -> tuple[Count, ...]:
    """The most frequent first."""
    return tuple(Count(*each) for each in sorted(counts.items(), key=lambda c: (-c[1], c[0])))


def _margin(tally: Tally) -> MarginSum:
    revenue, cost = _change(tally.revenue), _change(tally.cost)
    margin = Change(revenue.before - cost.before, revenue.after - cost.after)
    return MarginSum(
        revenue=revenue,
        cost=cost,
        margin=margin,
        rate_before_bps=_rate_bps(margin.before, revenue.before),
        rate_after_bps=_rate_bps(margin.after, revenue.after),
        pieces=_change(tally.pieces),
        pieces_unknown=_change(tally.pieces_unknown),
    )


def _rate_bps(margin_minor: int, revenue_minor: int) -> int | None:
    """Rounded half away from zero, so that a loss is as large as the gain it undoes."""
    if not revenue_minor:
        return None
    rate = round_half_up(abs(margin_minor) * WHOLE_BPS, revenue_minor)
    return rate if margin_minor >= 0 else -rate


def _exclusions(counts: Mapping[str, int], names: Mapping[str, str]) -> tuple[ExclusionSum, ...]:
    found = []
    for key, count in counts.items():
        loser, winner, rule = key.split("|")
        found.append(
            ExclusionSum(
                loser, names.get(loser, loser), winner, names.get(winner, winner), int(rule), count
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.orders, each[:5])))
