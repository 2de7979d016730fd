"""What an order was placed with, read back from what it froze: every fact in its place."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.enums.pricing import Objective, TaxScope
from app.services.pricing.engine import AGREED, BLOCK_ALL, Line, PriceOption, TaxMode
from app.services.promotions.engine import Cart, Context, Customer, Quota
from app.services.promotions.engine.placed import (
    Goods,
    PlacedOrder,
    Unquotable,
    candidates_then,
    cart_then,
    context_then,
)

from . import rules

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
GOODS = {"tea": Goods("tea", "spu", "brand", "seller", frozenset({"drinks"}))}
KEPT = {
    "tax_scope": "rate_group",
    "max_discount_bps": 4_000,
    "stages": ["item", "order"],
    "is_group_buy": True,
    "payment_kinds": ["points", "balance"],
    "floors": {"tea": 70},
    "shipping_tax_rate_bps": 900,
}


def units(count: int, kind: str, price_minor: int, *, blocked: bool = False) -> dict[str, Any]:
    return {
        "count": count,
        "price_kind": kind,
        "price_minor": price_minor,
        "is_blocked": blocked,
    }


def order(*runs: dict[str, Any], **facts: Any) -> PlacedOrder:
    line = {
        "line_id": "L",
        "sku_id": "tea",
        "quantity": sum(each["count"] for each in runs),
        "list_minor": 100,
        "tax_rate_bps": 1_300,
        "units": list(runs),
    }
    quote = {
        "currency": "EUR",
        "objective": "priority",
        "lines": [line],
        "totals": {"shipping_minor": 300, "shipping_discount_minor": 500},
    }
    values: dict[str, Any] = {
        "id": "order",
        "number": "O-1",
        "member_id": "member",
        "placed_at": NOON,
        "channel_id": "web",
        "tax_mode": TaxMode.EXCLUSIVE,
        "customer": Customer("member", orders_count=2),
        "payable_minor": 1,
        "quote": quote,
        "kept": KEPT,
    }
    return PlacedOrder(**values | facts)


def line(quantity: int, *prices: PriceOption, **facts: Any) -> Line:
    values: dict[str, Any] = {"floor_minor": 70, **facts}
    return Line(
        "L",
        "tea",
        quantity,
        100,
        prices=prices,
        tax_rate_bps=1_300,
        spu_id="spu",
        brand_id="brand",
        merchant_id="seller",
        categories=frozenset({"drinks"}),
        **values,
    )


def test_each_price_is_there_for_the_pieces_that_got_it() -> None:
    """A discount split the flash price in two; what is at the list price needs no other."""
    found = cart_then(
        order(
            units(1, "flash", 60, blocked=True),
            units(2, "flash", 60, blocked=True),
            units(3, "member_tier", 90),
            units(4, "list", 100),
        ),
        GOODS,
    )
    flash = PriceOption("flash", 60, "L:0000", quota=3, blocks=BLOCK_ALL)
    member = PriceOption("member_tier", 90, "L:0001", quota=3)
    assert found == Cart((line(10, flash, member),), 800, shipping_tax_rate_bps=900)


def test_a_line_no_promotion_may_touch_says_so_itself() -> None:
    runs = units(1, "flash", 60, blocked=True), units(2, "list", 100, blocked=True)
    flash = PriceOption("flash", 60, "L:0000", quota=1)
    assert cart_then(order(*runs), GOODS).lines == (line(3, flash, blocks=BLOCK_ALL),)


def test_what_was_agreed_on_is_asked_for_whatever_the_list_says() -> None:
    agreed = PriceOption(AGREED, 120, blocks=BLOCK_ALL)
    found = cart_then(order(units(2, AGREED, 120, blocked=True), units(1, "list", 100)), GOODS)
    assert found.lines == (line(3, asked=agreed),)


def test_an_order_from_before_floors_were_kept_has_none() -> None:
    found = cart_then(order(units(1, "list", 100), kept=None), GOODS)
    assert found == Cart((line(1, floor_minor=0),), 800)


@pytest.mark.parametrize(
    ("why", "goods", "more"),
    [
        ("goods_gone", {}, {}),
        ("no_quote", GOODS, {"lines": []}),
        ("taxed_shipping", GOODS, {"shipping_tax_minor": 5}),
    ],
)
def test_what_cannot_be_quoted_again_says_why(
    why: str, goods: dict[str, Goods], more: dict[str, Any]
) -> None:
    placed = order(units(1, "list", 100), kept=None)
    with pytest.raises(Unquotable) as refused:
        cart_then(order(units(1, "list", 100), kept=None, quote={**placed.quote, **more}), goods)
    assert refused.value.why == why


def test_the_context_is_that_of_the_order() -> None:
    facts: dict[str, Any] = {
        "currency": "EUR",
        "at": NOON,
        "channel_id": "web",
        "customer": Customer("member", orders_count=2),
        "objective": Objective.PRIORITY,
        "tax_mode": TaxMode.EXCLUSIVE,
    }
    kept = {
        "tax_scope": TaxScope.RATE_GROUP,
        "max_discount_bps": 4_000,
        "stages": ("item", "order"),
        "is_group_buy": True,
        "payment_kinds": frozenset({"points", "balance"}),
    }
    assert context_then(order()) == Context(**facts, **kept)
    assert context_then(order(kept=None)) == Context(**facts)
    tenders = order(kept=None, tender_kinds=("gateway",))
    assert context_then(tenders) == Context(**facts, payment_kinds=frozenset({"gateway"}))


def rejected(key: str, reason: str, **detail: Any) -> dict[str, Any]:
    return {"promotion_id": key, "coupon_id": None, "reason": reason, "detail": detail}


@pytest.mark.parametrize(
    ("reason", "detail", "quota"),
    [
        ("BUDGET", {"remaining_minor": 7}, Quota(remaining_budget_minor=7)),
        ("BUDGET", {}, Quota(remaining_budget_minor=0)),
        ("EXHAUSTED", {}, Quota(remaining_uses=0)),
        (
            "EXHAUSTED",
            {"uses_per_customer": 2},
            Quota(uses_per_customer=2, customer_uses=2),
        ),
        ("THRESHOLD_NOT_MET", {}, Quota()),
    ],
)
def test_what_was_used_up_then_is_used_up(
    reason: str, detail: dict[str, Any], quota: Quota
) -> None:
    promotion = rules.promotion("P", rules.amount_off(10), quota=Quota(remaining_uses=99))
    quote = {"applied": [], "rejected": [rejected("P", reason, **detail)]}
    (found,) = candidates_then(order(quote=quote), {"P": promotion}, {})
    assert (found.quota, found.is_active) == (quota, True)
    with pytest.raises(Unquotable):
        candidates_then(order(quote=quote), {}, {})
