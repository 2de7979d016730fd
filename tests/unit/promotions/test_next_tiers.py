"""What adding goods would bring, one row a case."""

import pytest

from . import rules


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        (
            [rules.promotion("R", rules.ladder((30_000, 2_000)))],
            [("R", 1_200, None, 2_000)],
        ),
        (
            [rules.promotion("R", rules.ladder((20_000, 1_000), (30_000, 2_500)))],
            [("R", 1_200, None, 1_500)],
        ),
        ([rules.promotion("R", rules.each(10_000, 500, 2))], []),
        ([rules.promotion("R", rules.each(10_000, 500))], [("R", 1_200, None, 500)]),
        (
            [rules.promotion("R", rules.percent_off(1_000), rules.min_quantity(2))],
            [("R", None, 1, 2_880)],
        ),
        (
            [rules.promotion("R", rules.amount_off(900), rules.min_amount(30_000), limit=700)],
            [("R", 1_200, None, 700)],
        ),
        (
            [
                rules.promotion("A", rules.amount_off(600)),
                rules.promotion("B", rules.amount_off(900), rules.min_amount(29_000)),
                rules.promotion("C", rules.amount_off(500), rules.min_amount(29_000)),
            ],
            [("B", 200, None, 300)],
        ),
        (
            [
                rules.promotion("A", rules.amount_off(100)),
                rules.coupon("K", rules.amount_off(50), rules.min_amount(28_800)),
            ],
            [("K", 100, None, 50)],
        ),
        (
            [
                rules.promotion(
                    "R", rules.ladder((30_000, 100), (40_000, 200)), rules.min_amount(29_000)
                )
            ],
            [("R", 1_200, None, 100)],
        ),
    ],
)
def test_next_tiers_say_what_a_little_more_would_bring(candidates, expected) -> None:
    answer = rules.quote([rules.line("L1", 28_800)], *candidates)
    found = [
        (tier.promotion_id, tier.missing_minor, tier.missing_quantity, tier.gain_minor)
        for tier in answer.next_tiers
    ]
    assert found == expected


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([rules.item("N", rules.nth(2, 5_000))], [("N", None, 1, 500)]),
        ([rules.item("B", rules.bxgy(1, 1, max_groups=1))], []),
        ([rules.item("B", rules.bundle_n(2, 1_500))], [("B", None, 1, 500)]),
        # One more piece brings N 500 more, and the 200 that P takes off the third are given up.
        (
            [
                rules.item("N", rules.nth(2, 5_000)),
                rules.item("P", rules.amount_off_unit(200)),
            ],
            [("N", None, 1, 300)],
        ),
    ],
)
def test_next_tiers_of_groups_suppose_one_more_of_the_cheapest(candidates, expected) -> None:
    answer = rules.quote([rules.line("L1", 1_000, 3)], *candidates)
    found = [
        (tier.promotion_id, tier.missing_minor, tier.missing_quantity, tier.gain_minor)
        for tier in answer.next_tiers
    ]
    assert found == expected
