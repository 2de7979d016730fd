"""What one quote of an order means for the shop: what is paid, who pays for it, what is left."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from app.services.pricing.engine import TaxMode
from app.services.promotions.engine import Goods, Quote


class Margin(NamedTuple):
    """Of the pieces whose cost is known: what they bring without tax, and what they cost.

    Gifts bring nothing and cost what they cost.
    """

    revenue_minor: int = 0
    cost_minor: int = 0
    pieces: int = 0
    pieces_unknown: int = 0
    pieces_below_cost: int = 0


class Taken(NamedTuple):
    """What a promotion took off, what a floor kept it from, and the list value it gave."""

    promotion_id: str
    amount_minor: int
    capped_minor: int
    gift_minor: int


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two quotes that are compared."""

    payable_minor: int
    discount_minor: int
    taken: tuple[Taken, ...]
    margin: Margin
    pieces_below_floor: int
    is_exact: bool


def side_of(
    quote: Quote, goods: Mapping[str, Goods], floors: Mapping[str, int], tax_mode: TaxMode
) -> Side:
    """What `quote` means; `floors` are the least a piece of a SKU may cost after discounts."""
    totals = quote.totals
    gifts: dict[str, int] = {}
    for gift in quote.gifts:
        value = gift.list_minor * gift.quantity
        gifts[gift.promotion_id] = gifts.get(gift.promotion_id, 0) + value
    taken: dict[str, Taken] = {}
    for each in quote.applied:  # two coupons of one promotion are one promotion
        before = taken.get(each.promotion_id, Taken(each.promotion_id, 0, 0, 0))
        taken[each.promotion_id] = Taken(
            each.promotion_id,
            before.amount_minor + each.amount_minor,
            before.capped_minor + each.capped_minor,
            gifts.get(each.promotion_id, 0),
        )
    return Side(
        payable_minor=totals.payable_minor,
        discount_minor=totals.discount_minor + totals.shipping_discount_minor,
        taken=tuple(taken.values()),
        margin=_margin(quote, goods, tax_mode),
        pieces_below_floor=sum(
            count
            for sku, count, net_minor, _ in _pieces(quote, goods)
            if net_minor < floors.get(sku.sku_id, 0)
        ),
        is_exact=quote.optimality == "exact",
    )


def _margin(quote: Quote, goods: Mapping[str, Goods], tax_mode: TaxMode) -> Margin:
    revenue = cost = pieces = unknown = below = 0
    for sku, count, net_minor, tax_minor in _pieces(quote, goods):
        if sku.cost_minor is None:
            unknown += count
            continue
        bare_minor = net_minor - (tax_minor if tax_mode == TaxMode.INCLUSIVE else 0)
        revenue += bare_minor * count
        cost += sku.cost_minor * count
        pieces += count
        below += count if bare_minor < sku.cost_minor else 0
    for gift in quote.gifts:
        given = goods.get(gift.sku_id)
        if given is None or given.cost_minor is None:
            unknown += gift.quantity
        else:
            cost += given.cost_minor * gift.quantity
            pieces += gift.quantity
    return Margin(revenue, cost, pieces, unknown, below)


def _pieces(quote: Quote, goods: Mapping[str, Goods]) -> Iterator[tuple[Goods, int, int, int]]:
    """Yield what is sold as `(SKU, count, net of one, tax of one)`."""
    for line in quote.lines:
        sku = goods[line.sku_id]
        for unit in line.units:
            yield sku, unit.count, unit.net_minor, unit.tax_minor
