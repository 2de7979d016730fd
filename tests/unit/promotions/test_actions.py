"""What each action takes off, and what its next threshold is."""

import pytest

from app.services.promotions.engine.actions import read_action
from app.services.promotions.engine.reading import Node

from . import rules

LADDER = rules.ladder((10_000, 1_000), (30_000, 4_000))
SHARES = rules.ladder((3, 1_000), (5, 2_000), by="quantity", off="off_bps")
PIECES = rules.ladder((2, 500), by="quantity")


@pytest.mark.parametrize(
    ("config", "base_minor", "quantity", "off_minor"),
    [
        (rules.amount_off(100), 500, 1, 100),
        (rules.amount_off(100), 60, 1, 60),
        (rules.amount_off(100), 0, 0, 0),
        (rules.percent_off(1_000), 994, 1, 99),
        (rules.percent_off(1_000), 995, 1, 100),
        (rules.percent_off(1_000, 80), 995, 1, 80),
        (rules.percent_off(10_000), 995, 1, 995),
        (rules.each(10_000, 1_500), 9_999, 1, 0),
        (rules.each(10_000, 1_500), 10_000, 1, 1_500),
        (rules.each(10_000, 1_500), 35_900, 1, 4_500),
        (rules.each(10_000, 1_500, 2), 35_900, 1, 3_000),
        (LADDER, 9_999, 1, 0),
        (LADDER, 10_000, 1, 1_000),
        (LADDER, 29_999, 1, 1_000),
        (LADDER, 30_000, 1, 4_000),
        (SHARES, 1_000, 2, 0),
        (SHARES, 1_000, 3, 100),
        (SHARES, 1_000, 5, 200),
        (PIECES, 400, 2, 400),
        (PIECES, 400, 1, 0),
    ],
)
def test_off(config, base_minor, quantity, off_minor) -> None:
    assert read_action(Node(config), "order").off_minor(base_minor, quantity) == off_minor


@pytest.mark.parametrize(
    ("config", "base_minor", "quantity", "step"),
    [
        (rules.amount_off(100), 0, 0, None),
        (rules.percent_off(100), 0, 0, None),
        (rules.each(10_000, 1_500), 0, 0, ((10_000, 0), 1_500)),
        (rules.each(10_000, 1_500), 10_000, 1, ((10_000, 0), 3_000)),
        (rules.each(10_000, 1_500, 2), 15_000, 1, ((5_000, 0), 3_000)),
        (rules.each(10_000, 1_500, 2), 25_000, 1, None),
        (LADDER, 8_800, 1, ((1_200, 0), 1_000)),
        (LADDER, 10_000, 1, ((20_000, 0), 4_000)),
        (LADDER, 30_000, 1, None),
        (SHARES, 1_000, 4, ((0, 1), 200)),
        (SHARES, 1_000, 5, None),
    ],
)
def test_next_step(config, base_minor, quantity, step) -> None:
    assert read_action(Node(config), "coupon").next_step(base_minor, quantity) == step


def test_what_comes_off_for_each_full_hundred_is_even_between_two_of_them_only() -> None:
    action = rules.promotion("E", rules.each(100, 10, max_times=3)).rule.action
    assert [action.slope_bps(low, high, 1) for low, high in ((100, 199), (300, 999))] == [0, 0]
    assert [action.slope_bps(low, high, 1) for low, high in ((99, 100), (100, 200))] == [None, None]
