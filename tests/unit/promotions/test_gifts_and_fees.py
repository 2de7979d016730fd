"""Gifts and shipping promotions, worked by hand."""

from dataclasses import replace

import pytest

from app.services.promotions.engine import GiftFact

from . import rules

TEA = rules.line("TEA", 20_000)
MUG, PEN = GiftFact("mug", 1_500, 1), GiftFact("pen", 400, 5)


def given(answer) -> list[tuple[str, str, int]]:
    return [(gift.promotion_id, gift.sku_id, gift.quantity) for gift in answer.gifts]


def test_the_shopper_gets_the_gift_asked_for() -> None:
    offer = rules.promotion("G", rules.gift(mug=1, pen=2), gifts=(MUG, PEN))
    assert given(rules.quote([TEA], offer)) == [("G", "mug", 1)]
    chosen = replace(offer, gift_choice="pen")
    assert given(rules.quote([TEA], chosen)) == [("G", "pen", 2)]


def test_another_gift_takes_the_place_of_one_that_is_gone() -> None:
    gone = replace(MUG, available=0)
    offer = rules.promotion("G", rules.gift(mug=1, pen=2), gifts=(gone, PEN), gift_choice="mug")
    assert given(rules.quote([TEA], offer)) == [("G", "pen", 2)]


def test_a_promotion_whose_gifts_are_gone_says_so() -> None:
    offer = rules.promotion("G", rules.gift(mug=2), gifts=(MUG,))
    answer = rules.quote([TEA], offer)
    assert rules.reasons(answer) == {"G": "GIFT_OUT_OF_STOCK"}
    assert answer.gifts == ()


def test_two_promotions_do_not_give_the_last_mug_twice() -> None:
    loose = {"in_stage": "stack"}
    offers = [
        rules.promotion(key, rules.gift(mug=1), gifts=(MUG,), stack=loose) for key in ("G", "H")
    ]
    assert given(rules.quote([TEA], *offers)) == [("G", "mug", 1)]


def test_money_comes_before_gifts_and_gifts_before_fewer_coupons() -> None:
    gift = rules.promotion("G", rules.gift(mug=1), gifts=(MUG,))
    cent = rules.promotion("A", rules.amount_off(1))
    assert rules.applied(rules.quote([TEA], gift, cent)) == {"A": 1}
    pen = rules.promotion("P", rules.gift(pen=1), gifts=(PEN,))
    assert given(rules.quote([TEA], gift, pen)) == [("G", "mug", 1)]


@pytest.mark.parametrize(("off", "is_given"), [(1_000, True), (1_001, False), (2_500, False)])
def test_a_gift_does_not_make_up_for_what_was_taken_off_before(off: int, is_given: bool) -> None:
    """What is left to pay falls short of its threshold by less than it is worth."""
    cheaper = rules.item("I", rules.amount_off_unit(off))
    offer = rules.promotion("G", rules.gift(mug=1), rules.min_amount(19_000), gifts=(MUG,))
    answer = rules.quote([TEA], cheaper, offer)
    assert answer.totals.payable_minor == 20_000 - off
    assert given(answer) == [("G", "mug", 1)] * is_given


def test_a_gift_within_reach_is_told_with_what_it_is_worth() -> None:
    offer = rules.promotion("G", rules.gift(mug=1), rules.min_amount(25_000), gifts=(MUG,))
    (tier,) = rules.quote([TEA], offer).next_tiers
    assert (tier.missing_minor, tier.gain_minor, tier.gift_minor) == (5_000, 0, 1_500)


def test_discounts_on_the_fee_work_on_one_fee_and_stop_at_nothing() -> None:
    """Half of 12.00 capped at 5.00, and 8.00 off: 13.00 of 12.00."""
    loose = {"in_stage": "stack"}
    half = {"type": "ship_percent", "rate_bps": 5_000, "cap_minor": 500}
    off = {"type": "ship_off", "amount_minor": 800}
    answer = rules.quote(
        [TEA],
        rules.promotion("H", half, stage="shipping", stack=loose, priority=1),
        rules.promotion("O", off, stage="shipping", stack=loose),
        shipping_minor=1_200,
    )
    assert rules.applied(answer) == {"H": 500, "O": 700}
    assert answer.totals.shipping_minor == 0
    assert answer.totals.shipping_discount_minor == 1_200
    assert answer.totals.payable_minor == 20_000


def test_free_shipping_counts_goods_after_discounts() -> None:
    free = rules.promotion("S", {"type": "ship_free"}, rules.min_amount(20_000), stage="shipping")
    assert rules.applied(rules.quote([TEA], free, shipping_minor=900)) == {"S": 900}
    less = rules.promotion("A", rules.amount_off(100))
    answer = rules.quote([TEA], free, less, shipping_minor=900)
    assert rules.applied(answer) == {"S": 900}
    more = rules.promotion("A", rules.amount_off(1_000))
    assert rules.applied(rules.quote([TEA], free, more, shipping_minor=900)) == {"A": 1_000}
