"""Who may share an order with whom, one row a rule."""

import pytest

from app.services.promotions.engine import Coupon, broken_rule
from app.services.promotions.engine.compatibility import conflict_masks

from . import rules


def made(key, stage, **stack):
    return rules.promotion(key, rules.amount_off(1), stage=stage, stack=stack)


LOOSE = {"in_stage": "stack"}


@pytest.mark.parametrize(
    ("case", "one", "two", "rule"),
    [
        ("defaults in one stage", made("A", "order"), made("B", "order"), 4),
        ("defaults across", made("A", "order"), made("B", "coupon"), 0),
        ("exclusive for the order", made("A", "order", exclusive="order"), made("B", "coupon"), 1),
        (
            "exclusive beats consent",
            made("A", "order", exclusive="order", in_stage=["B"]),
            made("B", "order", **LOOSE),
            1,
        ),
        (
            "common group",
            made("A", "order", groups=["g", "h"]),
            made("B", "coupon", groups=["g"]),
            2,
        ),
        ("named by id", made("A", "order", not_with=["B"]), made("B", "coupon"), 3),
        (
            "named by group",
            made("A", "order", not_with=["g"]),
            made("B", "coupon", groups=["g"]),
            3,
        ),
        ("consent of both", made("A", "order", **LOOSE), made("B", "order", **LOOSE), 0),
        ("consent of one", made("A", "order", **LOOSE), made("B", "order"), 4),
        (
            "consent by id and by group",
            made("A", "order", in_stage=["B"]),
            made("B", "order", groups=["b"], in_stage=["A"]),
            0,
        ),
        (
            "consent by group",
            made("A", "order", in_stage=["b"], groups=["a"]),
            made("B", "order", in_stage=["a"], groups=["b"]),
            0,
        ),
        ("consent to others", made("A", "order", in_stage=["C"]), made("B", "order", **LOOSE), 4),
        (
            "exclusive in the stage",
            made("A", "order", exclusive="stage", **LOOSE),
            made("B", "order", **LOOSE),
            4,
        ),
        (
            "exclusive in another stage",
            made("A", "order", exclusive="stage"),
            made("B", "coupon"),
            0,
        ),
        ("conflict across", made("A", "order", across="conflict"), made("B", "coupon"), 5),
        ("stage allowed", made("A", "order", across=["coupon"]), made("B", "coupon"), 0),
        ("stage not allowed", made("A", "order", across=["item"]), made("B", "coupon"), 5),
    ],
)
def test_broken_rule(case, one, two, rule) -> None:
    assert broken_rule(one, two) == rule, case
    assert broken_rule(two, one) == rule, case
    expected = [2, 1] if rule else [0, 0]
    assert conflict_masks([one, two]) == (expected, [0, 0]), case


def test_two_coupons_of_one_promotion_never_meet() -> None:
    pair = [rules.coupon("K", rules.amount_off(1), stack=LOOSE, coupon=Coupon(key)) for key in "ab"]
    assert broken_rule(*pair) == 4
    answer = rules.quote([rules.line("L1", 100)], *pair)
    assert [each.coupon_id for each in answer.applied] == ["a"]
    assert [each.reason for each in answer.rejected] == ["EXCLUDED"]


def test_one_per_cart_and_one_per_unit_never_meet_in_a_cart() -> None:
    per_unit = rules.item("A", rules.amount_off_unit(5))
    per_cart = rules.item("B", rules.amount_off_unit(3), stack={"scope": "order"})
    assert conflict_masks([per_unit, per_cart]) == ([2, 1], [0, 0])
    answer = rules.quote([rules.line("L1", 100), rules.line("L2", 3)], per_unit, per_cart)
    assert rules.applied(answer) == {"A": 8}
