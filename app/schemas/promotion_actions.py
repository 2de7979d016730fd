"""What promotions can do, by example."""

from typing import Any

_SKU = "019a0000-0000-7000-8000-000000000000"
_OTHER = "019a0000-0000-7000-8000-000000000001"
ACTIONS: dict[str, list[dict[str, Any]]] = {
    "order": [
        {"type": "amount_off", "amount_minor": 5_000},
        {"type": "percent_off", "rate_bps": 1_000, "cap_minor": 8_000},
        {"type": "each", "every_minor": 30_000, "off_minor": 5_000, "max_times": 3},
        {"type": "ladder", "by": "amount", "tiers": [{"min": 30_000, "off_minor": 6_000}]},
        {"type": "gift", "presents": [{"sku_id": _SKU, "quantity": 1}]},
    ],
    "item": [
        {"type": "percent_off_unit", "rate_bps": 1_000},
        {"type": "amount_off_unit", "amount_minor": 500},
        {"type": "fixed_price", "price_minor": 9_900},
        {"type": "nth", "n": 2, "rate_bps": 5_000, "spread": "target"},
        {"type": "bxgy", "buy": 2, "get": 1, "rate_bps": 10_000},
        {"type": "bundle_n", "n": 3, "price_minor": 9_900},
        {
            "type": "bundle_fixed",
            "price_minor": 19_900,
            "items": [{"sku_id": _SKU, "quantity": 1}, {"sku_id": _OTHER, "quantity": 2}],
        },
        {"type": "addon", "price_minor": 990, "max_quantity": 1},
    ],
    "shipping": [
        {"type": "ship_free"},
        {"type": "ship_off", "amount_minor": 800},
        {"type": "ship_percent", "rate_bps": 5_000, "cap_minor": 1_000},
    ],
}
"""An example of every action, by a stage that has it."""
