"""The quote as a whole: its shape, its hash, its hints."""

import json

import pytest

from app.services.pricing.engine import PriceOption, TaxMode
from app.services.promotions.engine import ENGINE_VERSION, Cart, quote

from . import rules

FLASH = PriceOption("flash", 800, quota=1, blocks=("coupon",))


def test_the_whole_answer() -> None:
    cart = Cart(
        (rules.line("L1", 1_000, 3, sku_id="TEA", prices=(FLASH,), tax_rate_bps=1_300),), 500, 900
    )
    candidates = [
        rules.promotion("R", rules.amount_off(100)),
        rules.coupon("K", rules.percent_off(1_000)),
        rules.promotion("S", rules.amount_off(100), rules.min_amount(3_000)),
    ]
    answer = quote(cart, candidates, rules.context()).to_dict()
    assert len(answer.pop("quote_hash")) == len(answer.pop("rules_hash")) == 64
    assert answer == {
        "currency": "CNY",
        "objective": "customer_best",
        "optimality": "exact",
        "gap_minor": 0,
        "evaluations": answer["evaluations"],
        "engine_version": ENGINE_VERSION,
        "lines": [
            {
                "line_id": "L1",
                "sku_id": "TEA",
                "quantity": 3,
                "list_minor": 1_000,
                "goods_minor": 2_800,
                "discount_minor": 293,
                "net_minor": 2_507,
                "tax_minor": 288,
                "tax_rate_bps": 1_300,
                "units": [
                    {
                        "count": 1,
                        "list_minor": 1_000,
                        "price_minor": 800,
                        "price_kind": "flash",
                        "is_blocked": True,
                        "discounts": [{"promotion_id": "R", "amount_minor": 29}],
                        "net_minor": 771,
                        "tax_minor": 88,
                    },
                    {
                        "count": 1,
                        "list_minor": 1_000,
                        "price_minor": 1_000,
                        "price_kind": "list",
                        "is_blocked": False,
                        "discounts": [
                            {"promotion_id": "R", "amount_minor": 36},
                            {"promotion_id": "K", "amount_minor": 96},
                        ],
                        "net_minor": 868,
                        "tax_minor": 100,
                    },
                    {
                        "count": 1,
                        "list_minor": 1_000,
                        "price_minor": 1_000,
                        "price_kind": "list",
                        "is_blocked": False,
                        "discounts": [
                            {"promotion_id": "R", "amount_minor": 35},
                            {"promotion_id": "K", "amount_minor": 97},
                        ],
                        "net_minor": 868,
                        "tax_minor": 100,
                    },
                ],
                "prices": [
                    {
                        "price_list_id": None,
                        "kind": kind,
                        "price_minor": minor,
                        "min_quantity": 1,
                        "quantity": quantity,
                        "reason": "APPLIED",
                        "missing_quantity": 0,
                    }
                    for kind, minor, quantity in (("flash", 800, 1), ("list", 1_000, 2))
                ],
            }
        ],
        "shipping_minor": 500,
        "shipping_tax_minor": 41,
        "totals": {
            "list_minor": 3_000,
            "price_saving_minor": 200,
            "goods_minor": 2_800,
            "discount_minor": 293,
            "shipping_minor": 500,
            "shipping_discount_minor": 0,
            "tax_minor": 329,
            "net_minor": 2_507,
            "payable_minor": 3_007,
        },
        "applied": [
            {
                "promotion_id": "R",
                "coupon_id": None,
                "code": None,
                "name": "promotion R",
                "stage": "order",
                "amount_minor": 100,
                "capped_minor": 0,
                "by_line": {"L1": 100},
            },
            {
                "promotion_id": "K",
                "coupon_id": "K-1",
                "code": "K-CODE",
                "name": "promotion K",
                "stage": "coupon",
                "amount_minor": 193,
                "capped_minor": 0,
                "by_line": {"L1": 193},
            },
        ],
        "gifts": [],
        "rejected": [
            {
                "promotion_id": "S",
                "coupon_id": None,
                "code": None,
                "name": "promotion S",
                "stage": "order",
                "reason": "THRESHOLD_NOT_MET",
                "detail": {"missing_minor": 200},
            }
        ],
        "next_tiers": [],
    }


def test_exclusive_taxes_come_on_top() -> None:
    cart = Cart((rules.line("L1", 1_000, 3, tax_rate_bps=1_000),), 500, 1_000)
    totals = quote(cart, [], rules.context(tax_mode=TaxMode.EXCLUSIVE)).totals
    assert (totals.tax_minor, totals.net_minor, totals.payable_minor) == (350, 3_000, 3_850)


def test_ten_thousand_pieces_are_a_few_groups() -> None:
    answer = rules.quote(
        [rules.line("L1", 999, 10_000, tax_rate_bps=1_300)],
        rules.promotion("R", rules.amount_off(12_345)),
        rules.coupon("K", rules.percent_off(777)),
    )
    assert len(answer.lines[0].units) <= 5
    assert sum(unit.count for unit in answer.lines[0].units) == 10_000
    assert len(json.dumps(answer.to_dict())) < 4_000


def test_the_hash_covers_money_and_nothing_else() -> None:
    tea = rules.line("L1", 1_000, 2)
    off = rules.promotion("R", rules.amount_off(100))
    plain = rules.quote([tea], off)
    unmet = rules.promotion("Z", rules.amount_off(1), rules.min_amount(9_999))
    assert rules.quote([tea], off, unmet).quote_hash == plain.quote_hash
    assert rules.quote([tea], off, unmet).rules_hash != plain.rules_hash
    others = [
        rules.quote([tea], off, currency="JPY"),
        rules.quote([tea], off, shipping_minor=1),
        rules.quote([tea], rules.promotion("Q", rules.amount_off(100))),
        rules.quote([tea], rules.promotion("R", rules.amount_off(101))),
        rules.quote([rules.line("L1", 1_000, 2, tax_rate_bps=600)], off),
        rules.quote([rules.line("L1", 1_001, 2, prices=(PriceOption("b2b", 1_000),))], off),
    ]
    hashes = {answer.quote_hash for answer in others}
    assert len(hashes) == len(others)
    assert plain.quote_hash not in hashes


def test_caps_are_reported() -> None:
    answer = rules.quote(
        [rules.line("L1", 1_000, floor_minor=950)], rules.promotion("R", rules.amount_off(80))
    )
    assert (answer.applied[0].amount_minor, answer.applied[0].capped_minor) == (50, 30)
    capped = rules.quote(
        [rules.line("L1", 999)],
        rules.promotion("R", rules.percent_off(5_000)),
        max_discount_bps=1_000,
    )
    assert rules.nets(capped) == {"L1": [900]}


def test_higher_priority_takes_first_where_a_floor_leaves_too_little() -> None:
    loose = {"in_stage": "stack"}
    answer = rules.quote(
        [rules.line("L1", 1_000, floor_minor=900)],
        rules.promotion("A", rules.amount_off(80), stack=loose),
        rules.promotion("B", rules.amount_off(60), stack=loose, priority=1),
    )
    assert rules.applied(answer) == {"B": 60, "A": 40}
    assert [each.capped_minor for each in answer.applied] == [0, 40]


def test_inserted_stages_apply_in_their_order() -> None:
    stages = ("item", "order", "coupon_shop", "coupon", "shipping")
    shop = rules.promotion("A", rules.percent_off(5_000), stage="coupon_shop", stages=stages)
    site = rules.coupon("B", rules.percent_off(5_000))
    answer = rules.quote([rules.line("L1", 1_000)], shop, site, stages=stages)
    assert rules.applied(answer) == {"A": 500, "B": 250}


def test_an_empty_cart_costs_its_shipping() -> None:
    answer = rules.quote([], rules.promotion("R", rules.amount_off(1)), shipping_minor=7)
    assert answer.totals.payable_minor == 7
    assert rules.reasons(answer) == {"R": "NO_MATCHING_ITEMS"}


def test_a_stage_the_context_does_not_have_is_another_channels() -> None:
    off = rules.promotion("R", rules.amount_off(1))
    answer = rules.quote([rules.line("L1", 1_000)], off, stages=("coupon",))
    assert rules.reasons(answer) == {"R": "CHANNEL"}


def test_mistakes_of_the_caller_are_refused() -> None:
    tea, off = rules.line("L1", 1_000), rules.promotion("R", rules.amount_off(1))
    with pytest.raises(ValueError, match="given twice"):
        rules.quote([tea], off, off)
    with pytest.raises(ValueError, match="time zone"):
        rules.context(at=rules.NOON.replace(tzinfo=None))
    with pytest.raises(ValueError, match="max_discount_bps"):
        rules.context(max_discount_bps=10_001)
    with pytest.raises(ValueError, match="shipping"):
        Cart((tea,), -1)
