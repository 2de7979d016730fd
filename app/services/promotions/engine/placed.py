"""A placed order as the engine can quote it again: its goods, its buyer, what was in force.

Everything comes from what the order froze. A frozen quote names each candidate of its time,
applied or rejected with a reason, so what has changed since (counters, windows, coupons) is not
asked again: what was used up then is used up now, what was taken then can be taken again.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from app.core.enums.pricing import Objective, TaxScope
from app.services.pricing.engine import AGREED, BLOCK_ALL, LIST_PRICE, Line, PriceOption, TaxMode
from app.services.promotions.engine.context import Cart, Context, Customer
from app.services.promotions.engine.paid import PaidOrder, PaidUnits
from app.services.promotions.engine.quote_types import Gift
from app.services.promotions.engine.reasons import Reason
from app.services.promotions.engine.types import Coupon, GiftFact, Promotion, Quota

PLENTY: Final = 1_000_000
"""Pieces of a gift there are where nobody counted them."""


class Unquotable(Exception):
    """The order cannot be quoted again; `why` is one of a few words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Goods(NamedTuple):
    """What rules and margins ask about a SKU. `cost_minor` is of one piece without tax."""

    sku_id: str
    spu_id: str
    brand_id: str | None
    merchant_id: str
    categories: frozenset[str]
    cost_minor: int | None = None


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order with its frozen quote as parsed JSON.

    `kept` is what else decided its price; orders from before that was kept were placed under no
    policy and without floors. `tender_kinds` are those of its payment where `kept` has none.
    """

    id: str
    number: str
    member_id: str
    placed_at: datetime
    channel_id: str
    tax_mode: TaxMode
    customer: Customer
    payable_minor: int
    quote: Mapping[str, Any]
    kept: Mapping[str, Any] | None = None
    tender_kinds: tuple[str, ...] = ()

    @property
    def floors(self) -> Mapping[str, int]:
        """The least a piece could cost after discounts, by SKU where there was a limit."""
        floors: Mapping[str, int] = (self.kept or {}).get("floors", {})
        return floors


def cart_then(order: PlacedOrder, goods: Mapping[str, Goods]) -> Cart:
    """The goods at the unit prices they had. Raises `Unquotable`."""
    if not order.quote.get("lines"):
        raise Unquotable("no_quote")
    rate = (order.kept or {}).get("shipping_tax_rate_bps", 0)
    if order.quote.get("shipping_tax_minor") and not rate:  # it was not kept
        raise Unquotable("taxed_shipping")
    totals = order.quote["totals"]
    return Cart(
        lines=tuple(_line(each, goods, order.floors) for each in order.quote["lines"]),
        shipping_minor=totals["shipping_minor"] + totals.get("shipping_discount_minor", 0),
        shipping_tax_rate_bps=rate,
    )


def context_then(order: PlacedOrder) -> Context:
    """Who bought where and when, and how the promotions were chosen."""
    context = Context(
        currency=order.quote["currency"],
        at=order.placed_at,
        channel_id=order.channel_id,
        customer=order.customer,
        objective=Objective(order.quote["objective"]),
        tax_mode=order.tax_mode,
    )
    context = replace(context, payment_kinds=_kinds(order))
    if order.kept is None:
        return context
    return replace(
        context,
        tax_scope=TaxScope(order.kept["tax_scope"]),
        max_discount_bps=order.kept["max_discount_bps"],
        stages=tuple(order.kept["stages"]),
        is_group_buy=order.kept["is_group_buy"],
    )


def _kinds(order: PlacedOrder) -> frozenset[str] | None:
    """With what it was paid; orders did not keep it before ways of paying could decide a price."""
    kept = order.kept or {}
    return frozenset(kept.get("payment_kinds", order.tender_kinds) or ()) or None


def candidates_then(
    order: PlacedOrder, known: Mapping[str, Promotion], listed: Mapping[str, int]
) -> tuple[Promotion, ...]:
    """What the order was quoted with, in the state it had.

    `known` are promotions by id on the terms that were in force, `listed` list prices of gifts by
    SKU where the order says nothing of them. Raises `Unquotable`.
    """
    given = {each["promotion_id"]: each for each in order.quote.get("gifts", ())}
    found = []
    for each in (*order.quote["applied"], *order.quote["rejected"]):
        promotion = known.get(each["promotion_id"])
        if promotion is None:
            raise Unquotable("promotion_unreadable")
        found.append(_in_its_state(promotion, each, given.get(promotion.id), listed))
    return tuple(found)


def paid_then(
    order: PlacedOrder,
    goods: Mapping[str, Goods],
    known: Mapping[str, Promotion],
    repriced: Collection[str],
) -> PaidOrder:
    """The order as it was priced, from the units it froze; nothing is quoted again.

    `known` are the promotions it used, by id on the terms that were in force; `repriced` the ids of
    those whose refunds price anew what is kept. Raises `Unquotable`.
    """
    if not order.quote.get("lines"):
        raise Unquotable("no_quote")
    used = replace(order, quote={**order.quote, "rejected": ()})
    return PaidOrder(
        units=tuple(
            unit
            for line in order.quote["lines"]
            for unit in _paid_units(_line(line, goods, order.floors), line["units"])
        ),
        gifts=tuple(Gift(**each) for each in order.quote.get("gifts", ())),
        promotions=candidates_then(used, known, {}),
        repriced=frozenset(repriced),
        context=context_then(order),
    )


def _paid_units(line: Line, units: Sequence[Mapping[str, Any]]) -> Iterator[PaidUnits]:
    start = 0
    for each in units:
        yield PaidUnits(
            line=line,
            start=start,
            quantity=each["count"],
            price_minor=each["price_minor"],
            blocks=BLOCK_ALL if each["is_blocked"] else (),
            net_minor=each["net_minor"],
            tax_minor=each["tax_minor"],
            discounts=tuple((d["promotion_id"], d["amount_minor"]) for d in each["discounts"]),
        )
        start += each["count"]


def named_in(quotes: Sequence[Mapping[str, Any]]) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of the promotions and of the SKUs that frozen quotes name."""
    promotions, skus = set[str](), set[str]()
    for quote in quotes:
        for name in ("applied", "rejected"):
            promotions.update(each["promotion_id"] for each in quote.get(name, ()))
        for name in ("lines", "gifts"):
            skus.update(each["sku_id"] for each in quote.get(name, ()))
    return frozenset(promotions), frozenset(skus)


def gift_facts(promotion: Promotion, listed: Mapping[str, int]) -> tuple[GiftFact, ...]:
    """What it may give, as if there were plenty of it."""
    presents = getattr(promotion.rule.action, "presents", ())
    return tuple(
        GiftFact(each.sku_id, listed[each.sku_id], PLENTY)
        for each in presents
        if each.sku_id in listed
    )


def _line(frozen: Mapping[str, Any], goods: Mapping[str, Goods], floors: Mapping[str, int]) -> Line:
    sku = goods.get(frozen["sku_id"])
    if sku is None:
        raise Unquotable("goods_gone")
    runs = list(_price_runs(frozen["units"]))
    is_blocked = any(kind == LIST_PRICE and blocked for _, _, kind, blocked in runs)
    line_id: str = frozen["line_id"]
    # What was agreed on may be above the list, where no other price ever wins.
    agreed = next((minor for _, minor, kind, _ in runs if kind == AGREED), None)
    return Line(
        id=line_id,
        sku_id=sku.sku_id,
        quantity=frozen["quantity"],
        list_minor=frozen["list_minor"],
        # Each price is offered for as many pieces as got it, in the order in which they did.
        prices=tuple(
            PriceOption(
                kind=kind,
                price_minor=price_minor,
                id=f"{line_id}:{position:04}",
                quota=count,
                blocks=BLOCK_ALL if blocked and not is_blocked else (),
            )
            for position, (count, price_minor, kind, blocked) in enumerate(runs)
            if kind not in (LIST_PRICE, AGREED)
        ),
        asked=None if agreed is None else PriceOption(AGREED, agreed, blocks=BLOCK_ALL),
        floor_minor=floors.get(sku.sku_id, 0),
        tax_rate_bps=frozen["tax_rate_bps"],
        spu_id=sku.spu_id,
        brand_id=sku.brand_id,
        merchant_id=sku.merchant_id,
        categories=sku.categories,
        blocks=BLOCK_ALL if is_blocked else (),
    )


def _price_runs(units: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, int, str, bool]]:
    """Pieces that cost the same before promotions; what is taken off splits them further."""
    for (price_minor, kind, blocked), group in groupby(
        units, lambda each: (each["price_minor"], each["price_kind"], each["is_blocked"])
    ):
        yield sum(each["count"] for each in group), price_minor, kind, blocked


def _in_its_state(
    promotion: Promotion,
    frozen: Mapping[str, Any],
    given: Mapping[str, Any] | None,
    listed: Mapping[str, int],
) -> Promotion:
    reason, detail = frozen.get("reason"), frozen.get("detail", {})
    coupon = None
    if frozen["coupon_id"] is not None:
        is_taken = reason == Reason.EXHAUSTED and "coupon_id" in detail
        coupon = Coupon(frozen["coupon_id"], frozen["code"], is_available=not is_taken)
    gifts = gift_facts(promotion, listed) if reason != Reason.GIFT_OUT_OF_STOCK else ()
    if given is not None and reason is None:
        gifts = (GiftFact(given["sku_id"], given["list_minor"], given["quantity"]),)
    return replace(
        promotion,
        is_active=reason != Reason.NOT_ACTIVE,
        starts_at=None,
        ends_at=None,
        coupon=coupon,
        quota=_quota(reason, detail),
        gifts=gifts,
        gift_choice=gifts[0].sku_id if given is not None and gifts else None,
    )


def _quota(reason: str | None, detail: Mapping[str, Any]) -> Quota:
    """What was left then: nothing where it was refused for that, else enough."""
    per_customer = detail.get("uses_per_customer")
    if per_customer is not None:
        return Quota(uses_per_customer=per_customer, customer_uses=per_customer)
    if reason == Reason.BUDGET:
        return Quota(remaining_budget_minor=detail.get("remaining_minor", 0))
    if reason == Reason.EXHAUSTED and "coupon_id" not in detail:
        return Quota(remaining_uses=0)
    return Quota()
