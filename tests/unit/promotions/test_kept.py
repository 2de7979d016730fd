"""What stays of a quote when pieces are taken off the order, worked by hand."""

import orjson
import pytest

from app.services.pricing.engine import TaxMode
from app.services.promotions.engine import Cart, GiftFact, quote
from app.services.promotions.engine.keeping import keep_units

from . import rules

LINES = [rules.line("A", 20_000), rules.line("B", 10_000, 2)]
SAVE = rules.promotion("S", rules.ladder((30_000, 6_000)))
COUPON = rules.coupon("C", rules.amount_off(3_400))


def kept(taken, *promotions, **facts):
    frozen = orjson.loads(orjson.dumps(rules.quote(LINES, *promotions).to_dict()))
    return keep_units(frozen, taken, tax_mode=TaxMode.INCLUSIVE, **facts)


def applied(found):
    return {
        each["promotion_id"]: (each["amount_minor"], each["by_line"])
        for each in found.document["applied"]
    }


def test_what_is_kept_costs_what_it_did_and_says_what_took_how_much_off() -> None:
    """60 over 400 are 30, 15 and 15; 34 over the 340 left of them 17, 8.50 and 8.50."""
    found = kept({"B": 1}, SAVE, COUPON)
    assert applied(found) == {
        "S": (4_500, {"A": 3_000, "B": 1_500}),
        "C": (2_550, {"A": 1_700, "B": 850}),
    }
    assert found.uses == {"S": 4_500, "C": 2_550}
    totals = found.document["totals"]
    assert (totals["goods_minor"], totals["payable_minor"]) == (30_000, 22_950)
    assert [(each["line_id"], each["quantity"]) for each in found.document["lines"]] == [
        ("A", 1),
        ("B", 1),
    ]


@pytest.mark.parametrize("mode", TaxMode)
def test_all_that_is_kept_is_the_quote_it_was(mode) -> None:
    """To its hash: a fee with a discount, tax of both kinds, a gift."""
    lines = [rules.line("A", 20_000, 2, tax_rate_bps=1_300), rules.line("B", 333, 3)]
    mug = rules.promotion("G", rules.gift(mug=2), gifts=(GiftFact("mug", 1_500, 2),))
    fee = rules.promotion("F", {"type": "ship_off", "amount_minor": 300}, stage="shipping")
    context = rules.context(tax_mode=mode)
    cart = Cart(tuple(lines), 800, shipping_tax_rate_bps=900)
    told = quote(cart, [COUPON, mug, fee], context)
    frozen = orjson.loads(orjson.dumps(told.to_dict()))
    assert {each["promotion_id"] for each in frozen["applied"]} == {"C", "G", "F"}
    same = keep_units(frozen, {}, tax_mode=mode).document
    assert orjson.loads(orjson.dumps(same)) == frozen | {"next_tiers": []}
    fewer = keep_units(frozen, {"B": 1}, tax_mode=mode).document
    assert fewer["quote_hash"] != frozen["quote_hash"]


def test_a_promotion_all_of_whose_pieces_go_is_no_part_of_it_any_more() -> None:
    cheaper = rules.item("P", rules.percent_off_unit(1_000), scope={"skus": ["A"]})
    found = kept({"A": 1}, cheaper, COUPON)
    assert [*applied(found)] == ["C"]


def test_a_gift_stays_unless_it_is_refused() -> None:
    mug = rules.promotion("G", rules.gift(mug=2), gifts=(GiftFact("mug", 1_500, 2),))
    assert [each["quantity"] for each in kept({"B": 1}, mug).document["gifts"]] == [2]
    less = kept({"B": 1}, mug, refused={("G", "mug"): 1})
    assert ([each["quantity"] for each in less.document["gifts"]], [*applied(less)]) == ([1], ["G"])
    none = kept({"B": 1}, mug, refused={("G", "mug"): 2})
    assert (none.document["gifts"], applied(none)) == ([], {})


def test_something_is_kept() -> None:
    with pytest.raises(ValueError, match="nothing is kept"):
        kept({"A": 1, "B": 2})
