"""An order as it was priced: what refunds of single units are worked out from."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from app.services.pricing.engine import Line, PricedLine, TaxMode, family, price_lines
from app.services.promotions.engine.actions import Kind
from app.services.promotions.engine.context import Cart, Context
from app.services.promotions.engine.quote_types import Gift, Quote
from app.services.promotions.engine.types import Promotion


class PaidUnits(NamedTuple):
    """`quantity` like units of a line from index `start` on; amounts are those of one unit."""

    line: Line
    start: int
    quantity: int
    price_minor: int
    blocks: tuple[str, ...]
    net_minor: int
    tax_minor: int
    discounts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """Units in order of (line id, index), what was given, and the promotions that applied.

    `repriced` are the ids of those whose `refund.policy` is `reprice`. `context` is that of the
    quote the order was placed at.
    """

    units: tuple[PaidUnits, ...]
    gifts: tuple[Gift, ...]
    promotions: tuple[Promotion, ...]
    repriced: frozenset[str]
    context: Context

    @property
    def anew(self) -> frozenset[str]:
        """Ids of the promotions on goods that are priced anew when units are returned.

        Promotions of item stages are so together: which units each may touch depends on the others.
        """
        asked = [p for p in self.promotions if p.id in self.repriced and _is_on_goods(p)]
        has_item = any(family(p.stage) == "item" for p in asked)
        beside = [p for p in self.promotions if has_item and family(p.stage) == "item"]
        return frozenset(p.id for p in (*asked, *beside))

    @property
    def paid_minor(self) -> int:
        """What the goods cost, with the tax that came on top of them."""
        return sum(run.quantity * self.paid_of(run) for run in self.units)

    def paid_of(self, run: PaidUnits) -> int:
        """What one unit of `run` cost, with the tax that came on top of it."""
        return run.net_minor + (run.tax_minor if self.is_taxed_on_top else 0)

    @property
    def is_taxed_on_top(self) -> bool:
        return self.context.tax_mode == TaxMode.EXCLUSIVE


def paid_order(
    cart: Cart,
    promotions: Iterable[Promotion],
    context: Context,
    quote: Quote,
    repriced: Collection[str] = (),
) -> PaidOrder:
    """Return the order that `quote`, made of the other arguments, became."""
    used = {each.promotion_id: each.coupon_id for each in quote.applied}
    return PaidOrder(
        units=tuple(_units(quote, price_lines(cart.lines, context.prices))),
        gifts=quote.gifts,
        promotions=tuple(
            p
            for p in promotions
            if p.id in used and used[p.id] == (p.coupon.id if p.coupon else None)
        ),
        repriced=frozenset(repriced),
        context=context,
    )


def _is_on_goods(promotion: Promotion) -> bool:
    return promotion.rule.action.kind not in (Kind.FEE, Kind.GIFT)


def _units(quote: Quote, priced: Iterable[PricedLine]) -> Iterator[PaidUnits]:
    """Quote and price stage have the lines in the same order; no like units span two prices."""
    for told, (line, runs) in zip(quote.lines, priced, strict=True):
        ends = list(accumulate(run.quantity for run in runs))
        start = 0
        for unit in told.units:
            blocks = runs[bisect_right(ends, start)].blocks
            yield PaidUnits(
                line,
                start,
                unit.count,
                unit.price_minor,
                blocks,
                unit.net_minor,
                unit.tax_minor,
                unit.discounts,
            )
            start += unit.count
