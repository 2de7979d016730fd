"""Which unit price each piece gets, one row a case."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.services.pricing.engine import Line, PriceContext, PriceOption, price_lines

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CONTEXT = PriceContext(NOON, channel_id="app", tier="gold")


def line(*prices: PriceOption, quantity: int = 3, key: str = "L1", sku: str = "TEA") -> Line:
    return Line(key, sku, quantity, 1_000, prices=prices)


def runs(*lines: Line, context: PriceContext = CONTEXT) -> list[tuple[int, int, str]]:
    return [
        (run.quantity, run.price_minor, run.kind)
        for priced in price_lines(lines, context)
        for run in priced.runs
    ]


@pytest.mark.parametrize(
    ("case", "prices", "expected"),
    [
        ("nothing else", [], [(3, 1_000, "list")]),
        ("channel", [PriceOption("channel", 900)], [(3, 900, "channel")]),
        (
            "named channel",
            [PriceOption("channel", 900, channel_ids=frozenset({"app"}))],
            [(3, 900, "channel")],
        ),
        (
            "other channel",
            [PriceOption("channel", 900, channel_ids=frozenset({"pos"}))],
            [(3, 1_000, "list")],
        ),
        (
            "member tier",
            [PriceOption("member", 800, tiers=frozenset({"gold"}))],
            [(3, 800, "member")],
        ),
        (
            "other tier",
            [PriceOption("member", 800, tiers=frozenset({"black"}))],
            [(3, 1_000, "list")],
        ),
        (
            "quantity reached",
            [PriceOption("quantity", 700, min_quantity=3)],
            [(3, 700, "quantity")],
        ),
        ("one short", [PriceOption("quantity", 700, min_quantity=4)], [(3, 1_000, "list")]),
        (
            "lowest of all",
            [PriceOption("channel", 900), PriceOption("member", 850), PriceOption("flash", 880)],
            [(3, 850, "member")],
        ),
        ("dearer than list", [PriceOption("channel", 1_100)], [(3, 1_000, "list")]),
        ("as dear as list", [PriceOption("channel", 1_000)], [(3, 1_000, "list")]),
        (
            "quota first, the rest the next cheapest",
            [PriceOption("flash", 500, quota=2), PriceOption("member", 800)],
            [(2, 500, "flash"), (1, 800, "member")],
        ),
        (
            "quota then list",
            [PriceOption("flash", 500, quota=2)],
            [(2, 500, "flash"), (1, 1_000, "list")],
        ),
        ("quota sold out", [PriceOption("flash", 500, quota=0)], [(3, 1_000, "list")]),
        ("oversold quota", [PriceOption("flash", 500, quota=-1)], [(3, 1_000, "list")]),
        (
            "equal prices spare the quota",
            [PriceOption("flash", 800, quota=9), PriceOption("member", 800)],
            [(3, 800, "member")],
        ),
        (
            "equal prices: the one that blocks nothing",
            [PriceOption("b2b", 800, blocks=("*",)), PriceOption("member", 800, quota=9)],
            [(3, 800, "member")],
        ),
        (
            "starts now",
            [PriceOption("flash", 500, starts_at=NOON, ends_at=NOON + HOUR)],
            [(3, 500, "flash")],
        ),
        ("ends now", [PriceOption("flash", 500, ends_at=NOON)], [(3, 1_000, "list")]),
        (
            "not yet",
            [PriceOption("flash", 500, starts_at=NOON + HOUR)],
            [(3, 1_000, "list")],
        ),
        ("free", [PriceOption("flash", 0)], [(3, 0, "flash")]),
    ],
)
def test_lowest_eligible_price_wins(case, prices, expected) -> None:
    assert runs(line(*prices)) == expected, case
    assert runs(line(*reversed(prices))) == expected, case


def test_lines_of_one_sku_share_quota_and_count_together() -> None:
    prices = (PriceOption("flash", 500, quota=2), PriceOption("quantity", 700, min_quantity=4))
    split = [line(*prices, quantity=1, key="L2"), line(*prices, key="L1")]
    assert runs(*split) == [(2, 500, "flash"), (1, 700, "quantity"), (1, 700, "quantity")]


def test_skus_do_not_share_a_quota() -> None:
    flash = PriceOption("flash", 500, quota=1)
    pair = [line(flash, quantity=1), line(flash, quantity=1, key="L2", sku="CUP")]
    assert runs(*pair) == [(1, 500, "flash"), (1, 500, "flash")]


def test_blocks_of_price_and_line_add_up() -> None:
    flash = PriceOption("flash", 500, quota=1, blocks=("coupon",))
    tea = Line("L1", "TEA", 2, 1_000, prices=(flash,), blocks=("order",))
    assert [run.blocks for run in price_lines([tea], CONTEXT)[0].runs] == [
        ("coupon", "order"),
        ("order",),
    ]


def test_ten_thousand_pieces_are_one_run() -> None:
    assert runs(line(PriceOption("b2b", 10), quantity=10_000)) == [(10_000, 10, "b2b")]


@pytest.mark.parametrize(
    "facts",
    [
        {"quantity": 0},
        {"list_minor": -1},
        {"floor_minor": -1},
        {"tax_rate_bps": 10_001},
        {"list_minor": 10**15 + 1},
    ],
)
def test_impossible_lines_are_refused(facts) -> None:
    with pytest.raises(ValueError, match="line L1 has"):
        Line(**{"id": "L1", "sku_id": "TEA", "quantity": 1, "list_minor": 1} | facts)


def test_impossible_prices_and_repeated_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="out of range"):
        PriceOption("flash", -1)
    with pytest.raises(ValueError, match="same id"):
        price_lines([line(), line()], CONTEXT)


def test_a_price_that_was_asked_for_is_the_only_one() -> None:
    """Not a cheaper one, not the list price it equals; and it counts for no break of others."""
    cheap = PriceOption("flash", 500)
    ten = PriceOption("quantity", 700, min_quantity=4)
    asked = PriceOption("exchange", 1_000, id="offer", blocks=("*",))
    mine = replace(line(cheap, quantity=2), asked=asked)
    assert runs(mine, line(ten, key="L2")) == [(2, 1_000, "exchange"), (3, 1_000, "list")]
    (run,) = price_lines([mine], CONTEXT)[0].runs
    assert (run.price_id, run.blocks) == ("offer", ("*",))
