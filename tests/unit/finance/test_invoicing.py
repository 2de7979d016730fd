"""Taxpayers' numbers and what invoices leave."""

from uuid import UUID

import pytest

from app.services.finance.engine.invoicing import Billed, is_tax_number, less_billed, taken_back

LINE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("number", "is_sound"),
    [
        ("91440300708461136T", True),
        ("91110000802100433B", True),
        ("91330100799655058B", True),
        ("91440300708461136X", False),
        ("91440300708461163T", False),
        ("9144030070846113IT", False),
        ("440300708461136", True),
        ("4403007084611", False),
        ("91440300708461136t", False),
    ],
)
def test_the_last_character_checks_the_others(number: str, is_sound: bool) -> None:
    assert is_tax_number(number) is is_sound


def test_red_and_what_is_left_make_up_the_blue() -> None:
    blue = (Billed(LINE, 3, 9_000, 1_035, 1_300), Billed(OTHER, 1, 500, 0, 0))
    now = (Billed(LINE, 2, 5_500, 632, 1_300),)
    red = taken_back(blue, now)
    assert red == (Billed(LINE, 1, 3_500, 403, 1_300), Billed(OTHER, 1, 500, 0, 0))
    assert less_billed(blue, red) == now
    assert taken_back(now, now) == ()
