"""The worked cases of the specification that the engine covers."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.services.pricing.engine import BLOCK_ALL, PriceOption, TaxMode, line_taxes
from app.services.promotions.engine import (
    Cart,
    Coupon,
    Customer,
    GiftFact,
    PaidOrder,
    PaidUnits,
    Promotion,
    Quote,
    paid_order,
    refund_units,
)
from app.services.promotions.engine import quote as price

from . import rules

CASES = Path(__file__).parents[4] / "shared" / "cases" / "golden.json"


def _cases(kind: str) -> list[Any]:
    if not CASES.exists():
        return [pytest.param(None, marks=pytest.mark.skip("no shared cases here"))]
    cases = json.loads(CASES.read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases if case["kind"] == kind]


@pytest.mark.parametrize("case", _cases("pricing"))
def test_pricing(case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expected"]
    cart = given["cart"]
    answer = rules.quote(
        [_line(raw) for raw in cart["lines"]],
        *(_promotion(raw) for raw in given["promotions"]),
        shipping_minor=cart.get("shipping_fee", 0),
        customer=Customer(tags=frozenset(cart.get("customer_tags", ()))),
        objective=given["objective"],
    )
    assert answer.totals.payable_minor == expected["payable"]
    totals = answer.totals
    assert totals.discount_minor + totals.shipping_discount_minor == expected["discount"]
    assert totals.shipping_minor == expected.get("shipping", totals.shipping_minor)
    gifts = [{"sku": gift.sku_id, "qty": gift.quantity} for gift in answer.gifts]
    assert gifts == expected.get("gifts", gifts)
    assert sorted(rules.applied(answer)) == expected["applied"]
    assert expected.get("rejected", {}).items() <= rules.reasons(answer).items()
    lost = {each.promotion_id: each.capped_minor for each in answer.applied}
    assert expected.get("lost", {}).items() <= lost.items()
    for key, wanted in expected.get("lines", {}).items():
        _check_line(answer, key, wanted)


@pytest.mark.parametrize("case", _cases("tax_lines"))
def test_tax(case: dict[str, Any]) -> None:
    lines = [(raw["id"], raw["net"], raw["rate_bp"]) for raw in case["input"]["lines"]]
    taxes = line_taxes(lines, TaxMode.INCLUSIVE)
    assert dict(zip([key for key, _, _ in lines], taxes, strict=True)) == case["expected"]["tax"]
    assert sum(taxes) == case["expected"]["total"]


@pytest.mark.parametrize("case", _cases("refund_units"))
def test_refunds_of_units(case: dict[str, Any]) -> None:
    given = case["input"]
    assert given["policy"] == "prorata"
    line = rules.line("L", max(given["unit_nets"]), len(given["unit_nets"]))
    units = [
        PaidUnits(line, index, 1, net, (), net, 0, ())
        for index, net in enumerate(given["unit_nets"])
    ]
    order = PaidOrder(tuple(units), (), (), frozenset(), rules.context())
    keys = [("L", index) for index in range(line.quantity)]
    steps = []
    for size in given["steps"]:
        steps.append(keys[:size])
        keys = keys[size:]
    refunds = _refunds(order, steps)
    assert refunds == case["expected"]["refunds"]
    assert sum(refunds) == case["expected"]["total"]


@pytest.mark.parametrize("case", _cases("refund_policy"))
def test_refunds_by_policy(case: dict[str, Any]) -> None:
    order = _order(case["input"], is_repriced=case["input"]["policy"] == "reprice")
    assert order.paid_minor == case["expected"]["paid"]
    steps = [[(line_id, 0) for line_id in step] for step in case["input"]["steps"]]
    assert _refunds(order, steps) == case["expected"]["refunds"]


@pytest.mark.parametrize("case", _cases("pricing_then_refund"))
def test_refund_after_pricing(case: dict[str, Any]) -> None:
    order = _order(case["input"])
    assert order.paid_minor == case["expected"]["payable"]
    keys = [(line_id, index) for line_id, index in case["input"]["refund_units"]]
    assert _refunds(order, [keys]) == [case["expected"]["refund"]]


def _order(given: dict[str, Any], *, is_repriced: bool = False) -> PaidOrder:
    cart = Cart(tuple(map(_line, given["cart"]["lines"])))
    promotions = [_promotion(raw) for raw in given["promotions"]]
    answer = price(cart, promotions, rules.context())
    ids = {p.id for p in promotions} if is_repriced else set()
    return paid_order(cart, promotions, rules.context(), answer, ids)


def _refunds(order: PaidOrder, steps: list[list[tuple[str, int]]]) -> list[int]:
    returned: set[tuple[str, int]] = set()
    refunds: list[int] = []
    for step in steps:
        got = refund_units(order, step, returned=returned, refunded_minor=sum(refunds))
        refunds.append(got.payable_minor)
        returned |= set(step)
    return refunds


def _check_line(answer: Quote, key: str, wanted: dict[str, Any]) -> None:
    line = next(line for line in answer.lines if line.line_id == key)
    found = {
        "net": line.net_minor,
        "discount": line.discount_minor,
        "units": rules.nets(answer)[key],
    }
    assert wanted.items() <= found.items()


def _line(raw: dict[str, Any]) -> Any:
    return rules.line(
        raw["id"],
        raw["price"],
        raw["qty"],
        categories=frozenset(raw.get("cats", ())),
        floor_minor=raw.get("floor", 0),
        blocks=BLOCK_ALL if raw.get("no_promo") else (),
        prices=tuple(
            PriceOption(option["kind"], option["price"], quota=option.get("quota"))
            for option in raw.get("price_options", ())
        ),
    )


def _promotion(raw: dict[str, Any]) -> Promotion:
    conditions = []
    if "min_amount" in raw.get("cond", {}):
        conditions.append(rules.min_amount(raw["cond"]["min_amount"]))
    if "customer_tags" in raw.get("cond", {}):
        conditions.append({"type": "customer_tags", "any": raw["cond"]["customer_tags"]})
    facts: dict[str, Any] = {"priority": raw.get("priority", 0)}
    if raw.get("coupon"):
        facts |= {"needs_coupon": True, "coupon": Coupon(f"{raw['id']}-1")}
    action = raw["action"]
    if action["type"] == "gift":
        facts["gifts"] = (GiftFact(action["sku"], action["list_price"], action["qty"]),)
    return rules.promotion(
        raw["id"],
        _action(action),
        *conditions,
        stage=raw["stage"],
        scope={"categories": raw["scope"]["cats"]} if "scope" in raw else {},
        stack=raw.get("stack"),
        **facts,
    )


NAMES = {
    "bp": "rate_bps",
    "amount": "amount_minor",
    "cap": "cap_minor",
    "every": "every_minor",
    "off": "off_minor",
    "price": "price_minor",
}


def _action(raw: dict[str, Any]) -> dict[str, Any]:
    """The action under the names of a configuration."""
    if raw["type"] == "gift":
        return rules.gift(**{raw["sku"]: raw["qty"]})
    action = {NAMES.get(name, name): value for name, value in raw.items()}
    if "tiers" in raw:
        action["tiers"] = [{NAMES.get(k, k): v for k, v in tier.items()} for tier in raw["tiers"]]
    return action
