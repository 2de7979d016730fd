"""Laws of refunds of single units, whatever the promotions and the steps."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.pricing.engine import TaxMode, TaxScope
from app.services.promotions.engine import Cart, paid_order, quote, refund_units
from tests.property.rule_strategies import shops
from tests.unit.promotions import rules

CAPS = st.sampled_from((10_000, 10_000, 3_000))


@st.composite
def orders(draw, *, is_repriced):
    """Return an order, what it cost in tax, and its units in the order they come back."""
    lines, promotions = draw(shops())
    context = rules.context(
        tax_mode=draw(st.sampled_from(tuple(TaxMode))),
        tax_scope=draw(st.sampled_from(tuple(TaxScope))),
        max_discount_bps=draw(CAPS),
    )
    cart = Cart(tuple(lines))
    answer = quote(cart, promotions, context)
    ids = [each.promotion_id for each in answer.applied]
    anew = draw(st.sets(st.sampled_from(ids))) if is_repriced and ids else ()
    order = paid_order(cart, promotions, context, answer, anew)
    keys = [(line.id, index) for line in lines for index in range(line.quantity)]
    return order, answer, draw(st.permutations(keys))


@settings(max_examples=200)
@given(bought=orders(is_repriced=False))
def test_units_bring_their_net_and_tax_whatever_the_steps(bought) -> None:
    order, answer, keys = bought
    on_top = order.context.tax_mode == TaxMode.EXCLUSIVE
    paid = {
        (line.line_id, index): (unit.net_minor, unit.tax_minor)
        for line in answer.lines
        for index, unit in enumerate(u for u in line.units for _ in range(u.count))
    }
    assert order.paid_minor == sum(net + tax * on_top for net, tax in paid.values())
    back, refunded = set(), 0
    for key in keys:
        got = refund_units(order, [key], returned=frozenset(back), refunded_minor=refunded)
        net, tax = paid[key]
        assert (got.payable_minor, got.tax_minor) == (net + tax * on_top, tax)
        back.add(key)
        refunded += got.payable_minor


@settings(max_examples=300)
@given(bought=orders(is_repriced=True), sizes=st.lists(st.integers(1, 3), min_size=12))
def test_all_steps_together_bring_everything_back_and_none_takes(bought, sizes) -> None:
    """Payments 3.5: a reprice telescopes to the full amount and is never negative."""
    order, answer, keys = bought
    back, refunded, taxes, gifts = set(), 0, 0, []
    for size in sizes:
        step, keys = keys[:size], keys[size:]
        if step:
            got = refund_units(order, step, returned=frozenset(back), refunded_minor=refunded)
            assert 0 <= got.payable_minor <= order.paid_minor - refunded
            refunded += got.payable_minor
            taxes += got.tax_minor
            gifts += got.gifts
            back |= set(step)
    if not keys:
        assert refunded == order.paid_minor
        assert taxes == sum(line.tax_minor for line in answer.lines)
        assert set(gifts) >= set(answer.gifts)


@settings(max_examples=200)
@given(bought=orders(is_repriced=True), data=st.data())
def test_what_is_kept_costs_no_less_than_its_floors(bought, data) -> None:
    """So no return brings more than its price and the discounts the rest had."""
    order, _, keys = bought
    back = set(data.draw(st.lists(st.sampled_from(keys), unique=True)))
    got = refund_units(order, sorted(back))
    kept = sum(
        min(run.line.floor_minor, run.price_minor)
        for run in order.units
        for index in range(run.start, run.start + run.quantity)
        if (run.line.id, index) not in back
    )
    assert got.payable_minor <= order.paid_minor - kept
