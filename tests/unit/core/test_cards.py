"""Numbers of cards are known among other numbers."""

import pytest

from app.core.cards import holds_card_number


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "card 4111 1111 1111 1111, 12/29",
        "5555-5555-5555-4444",
        "378282246310005",
        "6212345678900000003",
        "my card is:3530111333300000.",
    ],
)
def test_d25_a_cards_number_is_known(text):
    assert holds_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",  # its last digit is wrong
        "+8613800138000",
        "6901234567892",  # a barcode
        "SF1234567890123",
        "order 20261126000017, two pieces",
        "41111111111111111111",  # longer than any card
        "1234567812345670",  # nobody issues it
        "٤١١١١١١١١١١١١١١١",
    ],
)
def test_d25_other_numbers_are_none(text):
    assert not holds_card_number(text)
