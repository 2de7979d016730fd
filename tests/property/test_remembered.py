"""What is remembered of quotes is what the engine would say, whatever was asked before."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.services.promotions import engine, remembered
from app.services.promotions.engine import Cart, Coupon, Quota
from tests.property.examples import examples
from tests.property.rule_strategies import shops
from tests.unit.promotions import rules

SECONDS = st.integers(0, 12).map(lambda each: timedelta(seconds=each))
NOT_LONG = st.none() | SECONDS.map(lambda each: rules.NOON + each)
LEFT = st.none() | st.integers(0, 2)
KINDS = st.none() | st.sets(st.sampled_from(("balance", "gateway")), min_size=1).map(frozenset)
PAID = {"type": "payment_kind", "kinds": ["balance"]}


@examples(150)
@given(shop=shops(), data=st.data())
def test_a_remembered_quote_is_the_one_that_would_be_made(shop, data) -> None:
    """A shopper comes back with more or less, later, while staff change what there is."""
    lines, promotions = shop
    until = data.draw(NOT_LONG)
    coupon = rules.coupon("ZC", rules.amount_off(3), coupon=Coupon("c", valid_to=until))
    paid = rules.coupon("ZP", rules.amount_off(2), PAID, coupon=Coupon("p"))
    promotions = [*promotions, coupon, *data.draw(st.sampled_from(([], [paid])))]
    remembered._MADE.clear()
    for _ in range(data.draw(st.integers(2, 5))):
        goods = list(lines)
        if data.draw(st.booleans()):
            goods[0] = replace(goods[0], quantity=goods[0].quantity + 1)
        tried = list(promotions)
        if data.draw(st.booleans()):
            quota = Quota(remaining_uses=data.draw(LEFT))
            tried[0] = replace(tried[0], quota=quota, ends_at=data.draw(NOT_LONG))
        at = rules.NOON + data.draw(SECONDS)
        asked = (
            Cart(tuple(goods), data.draw(st.sampled_from((0, 900)))),
            tuple(tried),
            rules.context(at=at, payment_kinds=data.draw(KINDS)),
        )
        is_last = data.draw(st.booleans())
        assert remembered.quote(*asked, is_last=is_last) == engine.quote(*asked)
