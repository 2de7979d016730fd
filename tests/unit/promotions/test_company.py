"""Promotions that apply alone and are left out in company: reasons and numbers."""

from app.services.promotions.engine import Objective

from . import rules

OFF = rules.amount_off(1_000)
TEA = rules.line("TEA", 10_000)


def test_excluded_names_the_rival_the_rule_and_both_payables() -> None:
    answer = rules.quote(
        [TEA],
        rules.promotion("A", rules.amount_off(700)),
        rules.promotion("B", rules.amount_off(900)),
        rules.coupon("K", rules.amount_off(50)),
        shipping_minor=500,
    )
    assert rules.detail(answer, "A") == {
        "by": "B",
        "rule": 4,
        "with_minor": 9_750,
        "without_minor": 9_550,
    }


def test_dominated_carries_the_best_with_and_without() -> None:
    """The order promotion would push the cart under the threshold of the coupon."""
    answer = rules.quote(
        [TEA],
        rules.promotion("A", rules.amount_off(1)),
        rules.coupon("K", OFF, rules.min_amount(10_000)),
    )
    assert rules.applied(answer) == {"K": 1_000}
    assert rules.reasons(answer) == {"A": "DOMINATED"}
    assert rules.detail(answer, "A") == {"best_with_minor": 9_999, "best_without_minor": 9_000}


def test_a_discount_counts_for_thresholds_on_goods_of_other_scopes() -> None:
    """The two share no unit they discount, only the units the coupon's threshold measures."""
    answer = rules.quote(
        [TEA, rules.line("CUP", 5_000)],
        rules.promotion("A", rules.amount_off(1), scope={"skus": ["TEA"]}),
        rules.coupon(
            "K",
            OFF,
            rules.min_amount(10_000, scope={"skus": ["TEA"]}),
            scope={"skus": ["CUP"]},
        ),
    )
    assert rules.applied(answer) == {"K": 1_000}
    assert rules.reasons(answer) == {"A": "DOMINATED"}


def test_a_threshold_on_list_prices_does_not_see_discounts() -> None:
    answer = rules.quote(
        [TEA],
        rules.promotion("A", OFF),
        rules.coupon("K", OFF, rules.min_amount(10_000, on="list")),
    )
    assert rules.applied(answer) == {"A": 1_000, "K": 1_000}


def test_giving_up_a_stage_for_what_comes_later_is_looked_at_to_the_end() -> None:
    """A takes 500, B instead of it 400; without either the coupon's 1000 are within reach.

    Once A is tried, B cannot beat it; but what is lost by B too is won back by the coupon.
    """
    answer = rules.quote(
        [TEA],
        rules.promotion("A", rules.amount_off(500)),
        rules.promotion("B", rules.amount_off(400)),
        rules.coupon("K", OFF, rules.min_amount(10_000)),
    )
    assert rules.applied(answer) == {"K": 1_000}


def test_the_best_with_a_promotion_may_need_other_company() -> None:
    """Beside B, and not beside A which is chosen, Q reaches its upper tier."""
    answer = rules.quote(
        [TEA],
        rules.promotion("A", rules.amount_off(2_000)),
        rules.promotion("B", rules.amount_off(1_990)),
        rules.coupon("K", rules.amount_off(1_000)),
        rules.coupon("Q", rules.ladder((5_000, 400), (8_010, 700))),
    )
    assert rules.applied(answer) == {"A": 2_000, "K": 1_000}
    assert rules.detail(answer, "Q")["with_minor"] == 10_000 - 1_990 - 700


def test_priority_explains_a_threshold_missed_in_company() -> None:
    answer = rules.quote(
        [TEA],
        rules.promotion("A", rules.amount_off(1), priority=1),
        rules.coupon("K", OFF, rules.min_amount(10_000)),
        objective=Objective.PRIORITY,
    )
    assert rules.applied(answer) == {"A": 1}
    assert rules.reasons(answer) == {"K": "THRESHOLD_NOT_MET"}
    assert rules.detail(answer, "K") == {"missing_minor": 1}


def test_priority_leaves_out_what_would_undo_an_earlier_one() -> None:
    answer = rules.quote(
        [TEA],
        rules.promotion("A", rules.amount_off(1)),
        rules.coupon("K", OFF, rules.min_amount(10_000), priority=1),
        objective=Objective.PRIORITY,
    )
    assert rules.applied(answer) == {"K": 1_000}
    assert rules.detail(answer, "A") == {"best_with_minor": 9_999, "best_without_minor": 9_000}


def test_an_exclusive_promotion_that_is_not_eligible_excludes_nothing() -> None:
    answer = rules.quote(
        [TEA],
        rules.promotion("A", OFF, rules.min_amount(10_001), stack={"exclusive": "order"}),
        rules.coupon("K", OFF),
    )
    assert rules.applied(answer) == {"K": 1_000}
    assert rules.reasons(answer) == {"A": "THRESHOLD_NOT_MET"}


def test_promotions_of_a_stage_count_from_the_same_prices() -> None:
    """Twice 10 % of 100.00 is 20.00 off, whoever is first; 10 % in a later stage is of 80.00."""
    loose = {"in_stage": "stack"}
    line = rules.line("L", 10_000)
    tenth = rules.percent_off(1_000)
    both = [
        rules.promotion(key, tenth, stack=loose, priority=n) for n, key in enumerate(("A", "B"))
    ]
    after = rules.coupon("C", tenth)
    answer = rules.quote([line], *both, after)
    assert rules.applied(answer) == {"A": 1_000, "B": 1_000, "C": 800}
