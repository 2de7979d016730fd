"""What a badge says."""

import pytest

from app.services.promotions.badges import badge

from . import rules


@pytest.mark.parametrize(
    ("action", "amount_minor", "currency", "label"),
    [
        ({"type": "percent_off_unit", "rate_bps": 1_000}, 123, "CNY", "-10%"),
        ({"type": "percent_off_unit", "rate_bps": 1_250}, 123, "CNY", "-12.5%"),
        ({"type": "percent_off_unit", "rate_bps": 5}, 123, "CNY", "-0.05%"),
        ({"type": "percent_off_unit", "rate_bps": 10_000}, 123, "CNY", "-100%"),
        (rules.percent_off(2_000, None), 123, "CNY", "-20%"),
        (rules.percent_off(2_000, 800), 800, "CNY", "-8.00"),
        (rules.percent_off(2_000, 800), 700, "CNY", "-20%"),
        (rules.amount_off(2_000), 2_005, "CNY", "-20.05"),
        (rules.amount_off(2_000), 2_000, "JPY", "-2000"),
        (rules.amount_off(2_000), 2_000, "KWD", "-2.000"),
        ({"type": "gift", "presents": [{"sku_id": "X", "quantity": 2}]}, 0, "CNY", "+2"),
    ],
)
def test_a_badge_says_it_in_few_characters(action, amount_minor, currency, label) -> None:
    stage = "item" if action["type"].endswith("unit") else "order"
    promotion = rules.promotion("A", action, stage=stage)
    assert badge(promotion, amount_minor, currency) == label
