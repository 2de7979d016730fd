"""Prices that meet on one SKU, worked by hand: what the pieces get, and why not another price."""

from datetime import UTC, datetime, timedelta

import pytest

from app.services.pricing.engine import (
    BLOCK_ALL,
    ConsideredPrice,
    Line,
    PriceContext,
    PriceOption,
    PriceReason,
    considered,
    price_lines,
)

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
CONTEXT = PriceContext(NOON, channel_id="app", tier="gold")

BREAK = PriceOption("quantity", 900, "break", min_quantity=5)
CHANNEL = PriceOption("channel", 950, "channel")
MEMBER = PriceOption("member_tier", 930, "gold")
FLASH = PriceOption("flash", 500, "flash", quota=1, blocks=BLOCK_ALL)
B2B = PriceOption("b2b", 800, "b2b")
GROUP = PriceOption("group_buy", 700, "group")


def line(*prices: PriceOption, quantity: int = 3, key: str = "L1", sku: str = "TEA") -> Line:
    return Line(key, sku, quantity, 1_000, prices=prices, price_id="list")


def told(*lines: Line, context: PriceContext = CONTEXT) -> dict[str, list[tuple[str, int, str]]]:
    found = considered(price_lines(lines, context), context)
    return {
        key: [(each.price_id, each.quantity, each.reason.value) for each in prices]
        for key, prices in found.items()
    }


def test_a_line_with_its_list_price_alone_explains_itself() -> None:
    assert told(line()) == {}
    (priced,) = price_lines([line(quantity=2)], CONTEXT)
    listed = ConsideredPrice("list", "list", 1_000, 1, 2, PriceReason.APPLIED, 0)
    assert ConsideredPrice.only(priced.runs[0]) == listed


def test_one_left_of_a_flash_price_and_three_wanted() -> None:
    """One at 5.00, the others at the next lowest: 8.00 of the contract."""
    assert told(line(BREAK, CHANNEL, MEMBER, FLASH, B2B)) == {
        "L1": [
            ("flash", 1, "APPLIED"),
            ("b2b", 2, "APPLIED"),
            ("break", 0, "NOT_LOWEST"),
            ("gold", 0, "NOT_LOWEST"),
            ("channel", 0, "NOT_LOWEST"),
            ("list", 0, "NOT_LOWEST"),
        ]
    }


def test_a_quantity_break_looks_at_all_lines_of_the_sku() -> None:
    two, three = line(BREAK, quantity=2), line(BREAK, key="L2")
    apart = line(BREAK, key="L3", sku="CUP")
    assert told(two, three, apart) == {
        "L1": [("break", 2, "APPLIED"), ("list", 0, "NOT_LOWEST")],
        "L2": [("break", 3, "APPLIED"), ("list", 0, "NOT_LOWEST")],
        "L3": [("break", 0, "MIN_QUANTITY"), ("list", 3, "APPLIED")],
    }


def test_what_is_missing_to_a_break_counts_pieces_of_all_lines() -> None:
    lines = line(BREAK, quantity=1), line(BREAK, quantity=2, key="L2")
    found = considered(price_lines(lines, CONTEXT), CONTEXT)
    assert [each.missing_quantity for each in found["L2"]] == [2, 0]


@pytest.mark.parametrize(
    ("is_group_buy", "price_id"), [(True, "group"), (False, "b2b")], ids=["group", "alone"]
)
def test_prices_for_groups_are_for_carts_of_groups(is_group_buy, price_id) -> None:
    context = PriceContext(NOON, "app", "gold", is_group_buy=is_group_buy)
    (priced,) = price_lines([line(GROUP, B2B)], context)
    assert [run.price_id for run in priced.runs] == [price_id]
    assert told(line(GROUP, B2B), context=context)["L1"][0] == (
        ("group", 3, "APPLIED") if is_group_buy else ("group", 0, "NOT_OPEN")
    )


def test_a_sold_out_price_says_so_and_a_dearer_one_that_it_is_dearer() -> None:
    gone = PriceOption("flash", 500, "gone", quota=0)
    dearer = PriceOption("channel", 1_000, "dear")
    assert told(line(gone, dearer)) == {
        "L1": [("gone", 0, "SOLD_OUT"), ("dear", 0, "NOT_LOWEST"), ("list", 3, "APPLIED")]
    }


def test_pieces_enough_for_a_break_find_it_sold_out() -> None:
    gone = PriceOption("quantity", 500, "gone", min_quantity=3, quota=0)
    assert told(line(gone))["L1"][0] == ("gone", 0, "SOLD_OUT")


def test_the_second_line_finds_the_quota_used_up() -> None:
    assert told(line(FLASH, quantity=1), line(FLASH, quantity=1, key="L2"))["L2"] == [
        ("flash", 0, "SOLD_OUT"),
        ("list", 1, "APPLIED"),
    ]


def test_a_price_outside_its_window_is_not_open() -> None:
    later = PriceOption("flash", 500, "later", starts_at=NOON + timedelta(microseconds=1))
    over = PriceOption("flash", 400, "over", ends_at=NOON)
    assert [each[2] for each in told(line(later, over))["L1"]] == [
        "NOT_OPEN",
        "NOT_OPEN",
        "APPLIED",
    ]
