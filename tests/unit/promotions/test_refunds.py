"""Refunds of single units, worked by hand."""

import pytest

from app.services.pricing.engine import PriceOption, TaxMode
from app.services.promotions.engine import Cart, Coupon, GiftFact, paid_order, quote, refund_units

from . import rules

A, B = rules.line("A", 20_000), rules.line("B", 10_000)
SAVE = rules.promotion("S", rules.ladder((30_000, 6_000)))


def ordered(lines, *promotions, repriced=(), **facts):
    cart, context = Cart(tuple(lines)), rules.context(**facts)
    return paid_order(cart, promotions, context, quote(cart, promotions, context), repriced)


def steps(order, *returns):
    """What each step brings: `(payable, tax)`, all earlier ones having been paid."""
    back, refunded, found = set(), 0, []
    for keys in returns:
        got = refund_units(order, keys, returned=frozenset(back), refunded_minor=refunded)
        back |= set(keys)
        refunded += got.payable_minor
        found.append((got.payable_minor, got.tax_minor))
    return found


def test_units_bring_what_they_cost_with_their_tax() -> None:
    """3 x 3.33 less 1.00 is 299, 300, 300; 13 % of 899 inclusive is 103, as 34, 35, 34."""
    line = rules.line("L", 333, 3, tax_rate_bps=1_300)
    order = ordered([line], rules.promotion("R", rules.amount_off(100)))
    assert steps(order, [("L", 0)], [("L", 1)], [("L", 2)]) == [(299, 34), (300, 35), (300, 34)]
    assert steps(order, [("L", 2), ("L", 0)], [("L", 1)]) == [(599, 68), (300, 35)]


def test_tax_on_top_comes_back_too() -> None:
    order = ordered([rules.line("L", 1_000, 2, tax_rate_bps=600)], tax_mode=TaxMode.EXCLUSIVE)
    assert order.paid_minor == 2_120
    assert steps(order, [("L", 1)], [("L", 0)]) == [(1_060, 60), (1_060, 60)]


def test_spread_over_the_group_no_return_keeps_what_was_free() -> None:
    """Buy one get one: each of the two cost 50.00; discounted alone, the second cost nothing."""
    pair = rules.line("L", 10_000, 2)
    shared = ordered([pair], rules.item("F", rules.bxgy(1, 1)))
    assert steps(shared, [("L", 0)], [("L", 1)]) == [(5_000, 0), (5_000, 0)]
    alone = ordered([pair], rules.item("F", rules.bxgy(1, 1, spread="target")))
    assert steps(alone, [("L", 1)], [("L", 0)]) == [(0, 0), (10_000, 0)]
    anew = ordered([pair], rules.item("F", rules.bxgy(1, 1, spread="target")), repriced={"F"})
    assert steps(anew, [("L", 0)], [("L", 1)]) == [(0, 0), (10_000, 0)]


def test_what_is_kept_loses_a_discount_it_no_longer_earns() -> None:
    order = ordered([A, B], SAVE, repriced={"S"})
    assert order.paid_minor == 24_000
    assert steps(order, [("A", 0)], [("B", 0)]) == [(14_000, 0), (10_000, 0)]
    assert steps(ordered([A, B], SAVE), [("A", 0)], [("B", 0)]) == [(16_000, 0), (8_000, 0)]


def test_a_return_worth_less_than_the_discount_lost_brings_nothing_and_the_rest_later() -> None:
    """B kept its 50.00 off only with A: 290.00 paid, B alone 300.00; then B brings all of it."""
    order = ordered(
        [rules.line("A", 4_000), rules.line("B", 30_000)],
        rules.promotion("S", rules.ladder((34_000, 5_000))),
        repriced={"S"},
    )
    assert steps(order, [("A", 0)], [("B", 0)]) == [(0, 0), (29_000, 0)]


def test_frozen_discounts_stay_where_another_is_priced_anew() -> None:
    """Item 10 % (frozen), 满270减60 (anew), coupon 20 (frozen, after it).

    A 200 and B 100 cost 180 and 90 at the order stage, exactly 270: 60 off. The coupon takes
    14/6 (20 over 140/70, in proportion 2:1 = 13.33/6.67), so 190 were paid. Keeping A leaves
    180 at the order stage, no 60 any more, less its frozen 13.33: 166.67 stay, 23.33 go back.
    """
    order = ordered(
        [A, B],
        rules.item("I", rules.percent_off_unit(1_000)),
        rules.promotion("S", rules.ladder((27_000, 6_000))),
        rules.coupon("C", rules.amount_off(2_000)),
        repriced={"S"},
    )
    assert order.paid_minor == 19_000
    assert steps(order, [("B", 0)], [("A", 0)]) == [(2_333, 0), (16_667, 0)]


def test_a_coupon_after_the_stage_does_not_lower_what_the_stage_counts() -> None:
    """Goods of 310.00 less 60.00 less a coupon of 20.00; 300.00 kept still earn the 60.00.

    Of the 60.00 A had 58.06 and B 1.94, of the coupon 19.36 and 0.64. A alone has all of the
    60.00 and its frozen 19.36: 220.64.
    """
    order = ordered(
        [rules.line("A", 30_000), rules.line("B", 1_000)],
        SAVE,
        rules.coupon("C", rules.amount_off(2_000)),
        repriced={"S"},
    )
    assert order.paid_minor == 23_000
    assert steps(order, [("B", 0)], [("A", 0)]) == [(936, 0), (22_064, 0)]


def test_prices_and_floors_stay_as_they_were() -> None:
    """A flash price for one of two, a floor of 80: 30 off each would pass it."""
    line = rules.line(
        "L", 10_000, 2, prices=(PriceOption("flash", 9_000, quota=1),), floor_minor=8_000
    )
    order = ordered([line], rules.promotion("R", rules.amount_off(3_000)), repriced={"R"})
    assert order.paid_minor == 16_000
    # Kept alone, the flash piece bears at most 10.00, the other 20.00.
    assert steps(order, [("L", 1)], [("L", 0)]) == [(8_000, 0), (8_000, 0)]


def test_a_gift_no_longer_earned_is_asked_for_once() -> None:
    mug = rules.promotion(
        "G", rules.gift(mug=1), rules.min_amount(15_000), gifts=(GiftFact("mug", 1_500, 1),)
    )
    order = ordered([A, B], mug)
    assert refund_units(order, [("B", 0)]).gifts == ()
    (gift,) = refund_units(order, [("A", 0)]).gifts
    assert (gift.sku_id, gift.quantity, gift.list_minor) == ("mug", 1, 1_500)
    assert refund_units(order, [("A", 0)]).payable_minor == 20_000
    assert refund_units(order, [("B", 0)], returned={("A", 0)}, refunded_minor=20_000).gifts == ()
    (gift,) = refund_units(order, [("A", 0)], returned={("B", 0)}, refunded_minor=10_000).gifts
    assert gift.sku_id == "mug"


def test_item_promotions_of_one_cart_are_priced_anew_together() -> None:
    """Second at half price claims A and B, so 10 % off has C only.

    When B is returned A is alone, and 10 % may touch it: A costs 90.00, C 90.00.
    """
    lines = [rules.line(key, 10_000, categories=frozenset({key})) for key in "ABC"]
    order = ordered(
        lines,
        rules.item("N", rules.nth(2, 5_000), scope={"categories": ["A", "B"]}),
        rules.item("P", rules.percent_off_unit(1_000)),
        repriced={"P"},
    )
    assert order.paid_minor == 15_000 + 9_000
    assert refund_units(order, [("B", 0)]).payable_minor == 24_000 - 18_000


def test_limits_used_up_since_do_not_reprice() -> None:
    offer = rules.coupon("C", rules.ladder((10_000, 1_000)), coupon=Coupon("C-1"))
    order = ordered([A, B], offer, repriced={"C"})
    assert steps(order, [("A", 0)], [("B", 0)]) == [(20_000, 0), (9_000, 0)]


@pytest.mark.parametrize(
    ("keys", "returned"), [([("A", 1)], set()), ([("A", 0)] * 2, set()), ([("A", 0)], {("A", 0)})]
)
def test_what_is_not_there_is_refused(keys, returned) -> None:
    with pytest.raises(ValueError, match="not there"):
        refund_units(ordered([A, B]), keys, returned=returned)
