"""Discounts on groups of units, worked by hand."""

import pytest

from app.services.promotions.engine import Stack
from app.services.promotions.engine.actions.base import Pile

from . import rules

SHIRTS = [rules.line("A", 10_000, 2), rules.line("B", 6_000, 1), rules.line("C", 3_000, 2)]


def net_sums(answer) -> dict[str, int]:
    return {line.line_id: line.net_minor for line in answer.lines}


def test_the_second_at_half_price_can_be_taken_off_the_second_alone() -> None:
    """Pairs 100+100 and 60+30; the last 30 stays alone."""
    answer = rules.quote(SHIRTS, rules.item("N", rules.nth(2, 5_000, spread="target")))
    assert rules.nets(answer) == {"A": [10_000, 5_000], "B": [6_000], "C": [1_500, 3_000]}


def test_what_one_promotion_has_grouped_is_not_there_for_the_next() -> None:
    """100+100 once, then 60+30 of what is left; the last 30 stays alone."""
    first = rules.item("F", rules.nth(2, 6_000, max_groups=1), priority=2)
    then = rules.item("T", rules.nth(2, 5_000), priority=1)
    answer = rules.quote(SHIRTS, first, then)
    assert rules.applied(answer) == {"F": 6_000, "T": 1_500}
    assert net_sums(answer) == {"A": 14_000, "B": 5_000, "C": 5_500}


def test_groups_may_be_kept_to_one_sku_each() -> None:
    """Pairs 100+100 and 30+30."""
    answer = rules.quote(SHIRTS, rules.item("N", rules.nth(2, 5_000, group_by="sku")))
    assert net_sums(answer) == {"A": 15_000, "B": 6_000, "C": 4_500}


def test_no_more_groups_are_formed_than_allowed() -> None:
    answer = rules.quote(SHIRTS, rules.item("N", rules.nth(2, 5_000, max_groups=1)))
    assert rules.applied(answer) == {"N": 5_000}


def test_buying_some_makes_others_free() -> None:
    """For every two shirts of 100 the cheapest of the rest: 30."""
    given = {"categories": ["cap"]}
    lines = [
        rules.line("A", 10_000, 4),
        rules.line("B", 5_000, 1, categories=frozenset({"cap"})),
        rules.line("C", 3_000, 1, categories=frozenset({"cap"})),
    ]
    bought = {"exclude_categories": ["cap"]}
    free = rules.item("B", rules.bxgy(2, 1, get_scope=given, spread="target"), scope=bought)
    assert net_sums(rules.quote(lines, free)) == {"A": 40_000, "B": 0, "C": 0}
    one = rules.item(
        "B", rules.bxgy(2, 1, get_scope=given, spread="target", max_groups=1), scope=bought
    )
    assert net_sums(rules.quote(lines, one)) == {"A": 40_000, "B": 5_000, "C": 0}


def test_a_set_at_one_price_takes_what_it_names_as_often_as_it_can() -> None:
    """100 + 2 × 30 for 130, once: there are only two of C."""
    answer = rules.quote(SHIRTS, rules.item("S", rules.bundle_fixed(13_000, A=1, C=2)))
    assert rules.applied(answer) == {"S": 3_000}
    assert net_sums(answer) == {"A": 18_125, "B": 6_000, "C": 4_875}


def test_an_add_on_does_not_count_for_its_own_condition() -> None:
    """The cup of 50 does not help to reach 260; 260 of other goods do."""
    cup = rules.line("CUP", 5_000, 2)
    offer = rules.item("A", rules.addon(990), rules.min_amount(32_000), scope={"skus": ["CUP"]})
    assert rules.applied(rules.quote([*SHIRTS, cup], offer)) == {"A": 4_010}
    missed = rules.item("A", rules.addon(990), rules.min_amount(32_001), scope={"skus": ["CUP"]})
    answer = rules.quote([*SHIRTS, cup], missed)
    assert rules.reasons(answer) == {"A": "THRESHOLD_NOT_MET"}
    assert rules.detail(answer, "A") == {"missing_minor": 1}


def test_units_of_a_group_are_lost_to_others_qualifiers_included() -> None:
    """The pair is worth 50 to one and 10 to the other on both of its units."""
    answer = rules.quote(
        [rules.line("A", 10_000, 3)],
        rules.item("N", rules.nth(2, 5_000)),
        rules.item("P", rules.percent_off_unit(1_000)),
    )
    assert rules.applied(answer) == {"N": 5_000, "P": 1_000}


def test_promotions_that_agree_discount_one_unit_both() -> None:
    loose = {"in_stage": "stack"}
    answer = rules.quote(
        [rules.line("A", 10_000, 2)],
        rules.item("N", rules.nth(2, 5_000), stack=loose),
        rules.item("P", rules.percent_off_unit(1_000), stack=loose),
    )
    assert rules.applied(answer) == {"N": 5_000, "P": 2_000}


def test_what_a_unit_loses_by_is_told_with_the_rule() -> None:
    answer = rules.quote(
        [rules.line("A", 10_000)],
        rules.item("P", rules.percent_off_unit(1_000)),
        rules.item("Q", rules.percent_off_unit(2_000)),
    )
    assert rules.reasons(answer) == {"P": "EXCLUDED"}
    assert rules.detail(answer, "P")["by"] == "Q"
    assert rules.detail(answer, "P")["rule"] == 4


@pytest.mark.parametrize("pieces", [10, 10_000])
def test_a_long_line_is_a_handful_of_unit_groups(pieces: int) -> None:
    answer = rules.quote(
        [rules.line("A", 999, pieces)],
        rules.item("N", rules.nth(3, 3_333)),
        rules.promotion("R", rules.percent_off(777)),
    )
    assert sum(unit.count for unit in answer.lines[0].units) == pieces
    assert len(answer.lines[0].units) < 10


def test_default_terms_of_an_item_promotion_keep_to_the_unit() -> None:
    rule = rules.item("P", rules.percent_off_unit(1)).rule
    assert rule.stack == Stack(scope="unit")


def test_discounts_of_a_group_and_of_a_unit_together_stop_at_nothing() -> None:
    """Each of the two is for nothing already; a second at half price finds nothing to take."""
    loose = {"in_stage": "stack"}
    answer = rules.quote(
        [rules.line("L", 99, 2)],
        rules.item("F", rules.amount_off_unit(99), stack=loose),
        rules.item("N", rules.nth(2, 500), stack=loose),
    )
    assert rules.nets(answer) == {"L": [0, 0]}
    assert rules.applied(answer) == {"F": 198}


def test_a_bundle_that_would_cost_more_is_not_formed() -> None:
    """Three of 50, 40, 35 for 99.00 save 26.00; the next three cost 45.00 together."""
    lines = [
        rules.line(f"L{n}", price)
        for n, price in enumerate((5_000, 4_000, 3_500, 2_000, 1_500, 1_000))
    ]
    answer = rules.quote(lines, rules.item("B", rules.bundle_n(3, 9_900)))
    assert rules.applied(answer) == {"B": 2_600}
    dear = rules.item("B", rules.bundle_fixed(9_100, L0=1, L1=1))
    assert rules.applied(rules.quote(lines, dear)) == {}


ALONE = {"in_stage": ["Z"]}


@pytest.mark.parametrize("others", [[], [("Z", {"in_stage": "stack"})]])
def test_a_group_that_takes_nothing_claims_nothing(others) -> None:
    """B may not be cheaper, so the add-on takes nothing; pairs are A+B and not, with B, A+C.

    If it claimed B all the same, the pair would be A+C, and the second half price: 40 saved by a
    promotion that saves nothing without one that is not applied.
    """
    lines = [
        rules.line("A", 100),
        rules.line("B", 90, floor_minor=90),
        rules.line("C", 80),
        rules.line("D", 10),
    ]
    idle = rules.item("I", rules.addon(50), scope={"skus": ["B"]}, priority=1, stack=ALONE)
    pairs = rules.item(
        "N", rules.nth(2, 5_000, spread="target", max_groups=1), scope={"exclude_skus": ["D"]}
    )
    more = [
        rules.item(key, rules.addon(5), scope={"skus": ["D"]}, stack=stack) for key, stack in others
    ]
    answer = rules.quote(lines, idle, pairs, *more)
    used = [p for p in (idle, pairs, *more) if p.id in rules.applied(answer)]
    again = rules.quote(lines, *used)
    assert rules.applied(answer) == rules.applied(again) == ({"Z": 5} if others else {})
    assert again.quote_hash == answer.quote_hash


@pytest.mark.parametrize("idle", [{"price_minor": 80, "floor_minor": 80}, {"price_minor": 0}])
def test_of_several_groups_one_that_takes_nothing_claims_nothing(idle) -> None:
    """Pairs are A+A and B+C; C takes nothing off, so B is free for what takes 10 off it."""
    lines = [rules.line("A", 100, 2), rules.line("B", 90), rules.line("C", **idle)]
    pairs = rules.item("N", rules.nth(2, 5_000, spread="target"))
    less = rules.item("U", rules.amount_off_unit(10), scope={"skus": ["B"]})
    assert rules.applied(rules.quote(lines, pairs, less)) == {"N": 50, "U": 10}


def test_a_set_takes_no_more_off_a_piece_than_its_part_of_the_price_leaves() -> None:
    """60 for one of 100 and two of 25 at most: 40 of 100 and 10 of 25 are paid, of 20 none less."""
    piles = [[Pile(0, 1, 10_000, "A")], [Pile(1, 1, 2_500, "C"), Pile(2, 3, 2_000, "C")]]
    bundle = rules.bundle_fixed(6_000, A=1, C=2)
    action = rules.item("S", bundle).rule.action
    assert dict(action.bounds(piles)) == {0: 6_000, 1: 1_500, 2: 1_000}


def test_floors_of_many_lines_hold_back_what_is_off_some_of_them() -> None:
    """Half of eleven lines of 1.00 to 1.10 would be 5.77; each may fall by 0.10 only."""
    lines = [rules.line(f"L{n:02}", 100 + n, floor_minor=90 + n) for n in range(12)]
    some = {"skus": [f"L{n:02}" for n in range(11)]}
    answer = rules.quote(lines, rules.promotion("H", rules.percent_off(5_000), scope=some))
    assert rules.applied(answer) == {"H": 110}
    free = [rules.line(f"L{n:02}", 100 + n) for n in range(12)]
    answer = rules.quote(free, rules.promotion("A", rules.amount_off(9_999), scope=some))
    assert rules.applied(answer) == {"A": 1_155}
