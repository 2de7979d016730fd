"""The sums of a replay: added order by order, the same size after ten orders and ten thousand."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from app.services.promotions.engine.funding import FUNDERS, shares_of
from app.services.reports.engine.buckets import bucket_of
from app.services.reports.engine.figures import Side
from app.services.reports.engine.replaying import Outcome

BEFORE, AFTER = 0, 1


def _pair() -> list[int]:
    return [0, 0]


@dataclass(slots=True)
class Tally:
    """Pairs are `[before, after]`; amounts are minor units of the replay's currency.

    `orders` were quoted, of which those in `unreproduced` do not give their stored numbers; those
    in `skipped` could not be quoted and are in no other sum. `promotions` holds pairs of orders,
    amounts, capped amounts and list values of gifts by id, `exclusions` how often one shut out
    another by `loser|winner|rule`, `refused` reasons of what was tried by id.
    """

    orders: int = 0
    changed: int = 0
    cheaper: int = 0
    dearer: int = 0
    bounded: int = 0
    payable: list[int] = field(default_factory=_pair)
    discount: list[int] = field(default_factory=_pair)
    least_delta: int = 0
    most_delta: int = 0
    deltas: dict[str, int] = field(default_factory=dict)
    unreproduced: dict[str, int] = field(default_factory=dict)
    unreproduced_delta: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    promotions: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    funders: dict[str, list[int]] = field(
        default_factory=lambda: {each: [0, 0] for each in FUNDERS}
    )
    revenue: list[int] = field(default_factory=_pair)
    cost: list[int] = field(default_factory=_pair)
    pieces: list[int] = field(default_factory=_pair)
    pieces_unknown: list[int] = field(default_factory=_pair)
    pieces_below_cost: list[int] = field(default_factory=_pair)
    orders_below_cost: list[int] = field(default_factory=_pair)
    pieces_below_floor: list[int] = field(default_factory=_pair)
    orders_capped: list[int] = field(default_factory=_pair)
    exclusions: dict[str, int] = field(default_factory=dict)
    refused: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, outcome: Outcome, funding: Mapping[str, Mapping[str, int]]) -> None:
        """Add an order; `funding` holds the shares of promotions by id."""
        before, after = outcome.before, outcome.after
        if before is None or after is None:
            _count(self.skipped, outcome.why or "unknown")
            return
        delta = after.payable_minor - before.payable_minor
        self.orders += 1
        self.changed += outcome.is_changed
        self.cheaper += delta < 0
        self.dearer += delta > 0
        self.bounded += not (before.is_exact and after.is_exact)
        self.least_delta = min(self.least_delta, delta)
        self.most_delta = max(self.most_delta, delta)
        if outcome.is_changed:
            _count(self.deltas, str(bucket_of(delta)))
        if outcome.why is not None:
            _count(self.unreproduced, outcome.why)
            self.unreproduced_delta += delta
        for when, side in ((BEFORE, before), (AFTER, after)):
            self._add_side(when, side, funding)
        for each in outcome.exclusions:
            _count(self.exclusions, "|".join(map(str, each)))
        for promotion_id, reason in outcome.refused:
            _count(self.refused.setdefault(promotion_id, {}), reason)

    def _add_side(self, when: int, side: Side, funding: Mapping[str, Mapping[str, int]]) -> None:
        self.payable[when] += side.payable_minor
        self.discount[when] += side.discount_minor
        margin = side.margin
        self.revenue[when] += margin.revenue_minor
        self.cost[when] += margin.cost_minor
        self.pieces[when] += margin.pieces
        self.pieces_unknown[when] += margin.pieces_unknown
        self.pieces_below_cost[when] += margin.pieces_below_cost
        self.orders_below_cost[when] += margin.pieces_below_cost > 0
        self.pieces_below_floor[when] += side.pieces_below_floor
        self.orders_capped[when] += any(each.capped_minor for each in side.taken)
        for each in side.taken:
            sums = self.promotions.setdefault(
                each.promotion_id,
                {name: _pair() for name in ("orders", "amount", "capped", "gift")},
            )
            sums["orders"][when] += 1
            sums["amount"][when] += each.amount_minor
            sums["capped"][when] += each.capped_minor
            sums["gift"][when] += each.gift_minor
            parts = shares_of(each.amount_minor, funding.get(each.promotion_id, {}))
            for funder, part in parts.items():
                self.funders[funder][when] += part

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, to go on from later."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """The tally again; of nothing, an empty one."""
        return cls(**{each.name: kept[each.name] for each in fields(cls) if each.name in kept})


def _count(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1
