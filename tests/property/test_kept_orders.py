"""An order with fewer pieces costs what a refund of them would have left of it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.pricing.engine import TaxMode, TaxScope
from app.services.promotions.engine import Cart, keep_units, paid_order, quote, refund_units
from tests.property.rule_strategies import shops
from tests.unit.promotions import rules


@st.composite
def shrunk(draw):
    """An order as it was priced, its quote, and how many of each line go; something stays."""
    lines, promotions = draw(shops())
    context = rules.context(
        tax_mode=draw(st.sampled_from(tuple(TaxMode))),
        tax_scope=draw(st.sampled_from(tuple(TaxScope))),
    )
    cart = Cart(tuple(lines))
    answer = quote(cart, promotions, context)
    ids = [each.promotion_id for each in answer.applied]
    anew = draw(st.sets(st.sampled_from(ids))) if ids else ()
    order = paid_order(cart, promotions, context, answer, anew)
    taken = {line.id: draw(st.integers(0, line.quantity)) for line in lines}
    if all(taken[line.id] == line.quantity for line in lines):
        taken[lines[0].id] -= 1
    return order, answer, taken


@settings(max_examples=120)
@given(bought=shrunk())
def test_what_is_kept_costs_what_a_refund_would_leave(bought) -> None:
    order, answer, taken = bought
    keys = [(line, i) for line, quantity in taken.items() for i in range(quantity)]
    refund = refund_units(order, keys)
    kept = keep_units(answer.to_dict(), taken, order, tax_mode=order.context.tax_mode)
    before, after = answer.totals, kept.document["totals"]
    costs = after["payable_minor"] - (before.payable_minor - order.paid_minor)
    assert order.paid_minor - refund.payable_minor == min(costs, order.paid_minor)
    if costs <= order.paid_minor:
        assert before.tax_minor - refund.tax_minor == after["tax_minor"]
    assert kept.unearned == (refund.unearned if keys else ())


@settings(max_examples=80)
@given(bought=shrunk())
def test_a_smaller_quote_adds_up(bought) -> None:
    """Lines to units, totals to lines, promotions to what they take off units."""
    order, answer, taken = bought
    told = keep_units(answer.to_dict(), taken, order, tax_mode=order.context.tax_mode)
    document, totals = told.document, told.document["totals"]
    amounts: dict[str, int] = {}
    for line in document["lines"]:
        units = line["units"]
        assert line["quantity"] == sum(u["count"] for u in units) > 0
        for name, of_units in (("goods", "price"), ("net", "net"), ("tax", "tax")):
            total = sum(u["count"] * u[f"{of_units}_minor"] for u in units)
            assert line[f"{name}_minor"] == total
        for unit in units:
            off = {d["promotion_id"]: d["amount_minor"] for d in unit["discounts"]}
            assert unit["net_minor"] == unit["price_minor"] - sum(off.values()) >= 0
            for promotion_id, amount in off.items():
                amounts[promotion_id] = amounts.get(promotion_id, 0) + unit["count"] * amount
    assert totals["discount_minor"] == sum(amounts.values())
    assert totals["list_minor"] == totals["goods_minor"] + totals["price_saving_minor"]
    goods = {
        each["promotion_id"]: each["amount_minor"]
        for each in document["applied"]
        if not each["stage"].startswith("shipping")
    }
    given = {each["promotion_id"] for each in document["gifts"]}
    assert {k: v for k, v in goods.items() if k not in given or v} == {
        k: v for k, v in amounts.items() if v
    }
    assert told.uses == {a["promotion_id"]: a["amount_minor"] for a in document["applied"]}


@settings(max_examples=25)
@given(bought=shrunk())
def test_taking_nothing_off_changes_nothing(bought) -> None:
    order, answer, _ = bought
    told = keep_units(answer.to_dict(), {}, None, tax_mode=order.context.tax_mode)
    assert told.document == answer.to_dict() | {"next_tiers": []}
