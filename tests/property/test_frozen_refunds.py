"""Refunds from what an order froze are those of the order as it was priced."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.promotions.engine import (
    Cart,
    Customer,
    paid_order,
    paid_then,
    quote,
    refund_units,
)
from tests.property.rule_strategies import shops
from tests.property.test_replays import facts_of, placed
from tests.unit.promotions.rules import context


def _as_its_sku(line, other):
    """A SKU has one floor and is one kind of goods, whatever its lines."""
    return replace(
        line,
        floor_minor=other.floor_minor,
        spu_id="spu",
        merchant_id="m",
        brand_id=other.brand_id,
        categories=other.categories,
    )


@settings(max_examples=100)
@given(bought=shops(), data=st.data())
def test_what_was_frozen_refunds_as_what_was_priced(bought, data) -> None:
    lines, promotions = bought
    one_each = {line.sku_id: line for line in lines}
    lines = [_as_its_sku(line, one_each[line.sku_id]) for line in lines]
    customer = Customer("member")
    where = context(customer=customer)
    cart = Cart(tuple(lines))
    quoted = quote(cart, promotions, where)
    ids = [each.promotion_id for each in quoted.applied]
    anew = data.draw(st.sets(st.sampled_from(ids))) if ids else set()
    priced = paid_order(cart, promotions, where, quoted, anew)
    known = facts_of(lines, promotions)
    order = placed(quoted, where, customer, lines)
    then = paid_then(order, known.goods, {each.id: each for each in promotions}, anew)
    assert then.paid_minor == priced.paid_minor
    keys = [(line.id, index) for line in lines for index in range(line.quantity)]
    returned, refunded = frozenset(), 0
    for key in data.draw(st.permutations(keys)):
        wanted = refund_units(priced, [key], returned=returned, refunded_minor=refunded)
        assert refund_units(then, [key], returned=returned, refunded_minor=refunded) == wanted
        returned |= {key}
        refunded += wanted.payable_minor
