"""One order quoted twice: with what was in force then, and with what is tried. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby
from typing import Any, Final, NamedTuple

from app.core.enums.pricing import Objective
from app.services.promotions import engine
from app.services.promotions.engine import (
    ENGINE_VERSION,
    Cart,
    Context,
    Goods,
    PlacedOrder,
    Promotion,
    Quote,
    Reason,
    Unquotable,
    candidates_then,
    cart_then,
    context_then,
    gift_facts,
)
from app.services.reports.engine.figures import Side, side_of
from app.services.reports.engine.spending import DayLimits, Spending

PAYABLE, APPLIED, UNITS, ENGINE = "payable", "applied", "units", "engine"
"""In what a re-quote differs from the stored numbers: the first of them that does. `engine` is
said instead where the order was quoted by another version of it."""

Quoting = Callable[[Cart, Sequence[Promotion], Context], Quote]


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: promotions, those to do without, and under which rules.

    Null `objective`: as each order was quoted. Windows of what is tried count only if
    `keeps_windows`, moved back by `shift` so that orders of last month meet those of the next.
    `by_day` are limits by day, by id, of those that have any.
    """

    promotions: tuple[Promotion, ...]
    without: frozenset[str] = frozenset()
    objective: Objective | None = None
    keeps_windows: bool = False
    shift: timedelta = timedelta()
    by_day: Mapping[str, DayLimits] = field(default_factory=dict)

    def opened(self) -> "Trial":
        """The trial with the windows its rule gives to what is tried."""
        return replace(self, promotions=tuple(map(self._opened, self.promotions)))

    def _opened(self, promotion: Promotion) -> Promotion:
        if not self.keeps_windows:
            return replace(promotion, starts_at=None, ends_at=None)
        starts, ends = promotion.starts_at, promotion.ends_at
        return replace(
            promotion,
            starts_at=starts - self.shift if starts else None,
            ends_at=ends - self.shift if ends else None,
        )


class Exclusion(NamedTuple):
    """`loser` was shut out by `winner`, by this rule of 2.3."""

    loser: str
    winner: str
    rule: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would become of an order.

    `why` says in what the order does not reproduce, null if it does; without sides it could not be
    quoted at all. `refused` are reasons of what was tried and did not apply.
    """

    order: PlacedOrder
    why: str | None = None
    before: Side | None = None
    after: Side | None = None
    exclusions: tuple[Exclusion, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    tried: tuple[str, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether the payable or the promotions differ."""
        if self.before is None or self.after is None:
            return False
        return (self.before.payable_minor, self.before.taken) != (
            self.after.payable_minor,
            self.after.taken,
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What the orders of a batch have in common: by id, and by SKU."""

    goods: Mapping[str, Goods]
    promotions: Mapping[str, Promotion]
    listed: Mapping[str, int]


def replay(
    order: PlacedOrder,
    facts: Facts,
    trial: Trial,
    spending: Spending,
    quoting: Quoting = engine.quote,
) -> Outcome:
    """Quote the order as it was and as it would be; book what it uses of what is tried."""
    try:
        cart, context = cart_then(order, facts.goods), context_then(order)
        candidates = candidates_then(order, facts.promotions, facts.listed)
        was = quoting(cart, candidates, context)
        why = difference(order.quote, was)
        among = _with_trial(candidates, order, facts, trial, spending)
        would = quoting(cart, among, _as_tried(context, trial))
    except Unquotable as error:
        return Outcome(order, error.why)
    except ValueError:  # what the engine refuses to look at
        return Outcome(order, "engine_refused")
    except LookupError:  # a quote of another shape than today's
        return Outcome(order, "quote_unreadable")
    before = side_of(was, facts.goods, order.floors, order.tax_mode)
    after = side_of(would, facts.goods, order.floors, order.tax_mode)
    tried = frozenset(each.id for each in trial.promotions)
    spending.count(after, tried, order.id, order.member_id)
    return Outcome(
        order=order,
        why=why,
        before=before,
        after=after,
        exclusions=tuple(_exclusions(would)),
        refused=tuple(
            (each.promotion_id, each.reason)
            for each in would.rejected
            if each.promotion_id in tried
        ),
        tried=tuple(each.promotion_id for each in after.taken if each.promotion_id in tried),
    )


_MONEY: Final = ("list_minor", "price_minor", "discounts", "net_minor", "tax_minor")


def difference(frozen: Mapping[str, Any], quote: Quote) -> str | None:
    """Return in what a quote differs from the frozen one, if in anything that is money.

    Prices, discounts by promotion, nets and taxes of every unit must be the same (PR-15).
    """
    again = quote.to_dict()
    found = None
    if again["totals"]["payable_minor"] != frozen["totals"]["payable_minor"]:
        found = PAYABLE
    elif _used(again) != _used(frozen):
        found = APPLIED
    elif again["totals"] != frozen["totals"] or _units(again) != _units(frozen):
        found = UNITS
    if found is not None and frozen["engine_version"] != ENGINE_VERSION:
        return ENGINE
    return found


def _used(quote: Mapping[str, Any]) -> list[list[Any]]:
    """What is applied and given; both lists are in order of stage and rank."""
    return [
        [each["promotion_id"], each["coupon_id"], each["amount_minor"]] for each in quote["applied"]
    ] + [
        [each["promotion_id"], each["sku_id"], each["quantity"]] for each in quote.get("gifts", ())
    ]


def _units(quote: Mapping[str, Any]) -> dict[str, list[tuple[list[Any], int]]]:
    """The units of each line; equal ones that stand side by side are counted together."""
    return {
        line["line_id"]: [
            (money, sum(unit["count"] for unit in units))
            for money, units in groupby(line["units"], lambda unit: [unit[name] for name in _MONEY])
        ]
        for line in quote["lines"]
    }


def _with_trial(
    candidates: Sequence[Promotion],
    order: PlacedOrder,
    facts: Facts,
    trial: Trial,
    spending: Spending,
) -> list[Promotion]:
    """The candidates of then without what is left out, and what is tried instead or besides."""
    gone = trial.without | {each.id for each in trial.promotions}
    tried = [
        replace(
            spending.left(each, order.id, order.member_id), gifts=gift_facts(each, facts.listed)
        )
        for each in trial.promotions
    ]
    return [*(each for each in candidates if each.id not in gone), *tried]


def _as_tried(context: Context, trial: Trial) -> Context:
    return replace(context, objective=trial.objective) if trial.objective else context


def _exclusions(quote: Quote) -> list[Exclusion]:
    found = []
    for each in quote.rejected:
        if each.reason == Reason.EXCLUDED:
            detail = dict(each.detail)
            found.append(Exclusion(each.promotion_id, str(detail["by"]), int(detail["rule"])))
    return found
