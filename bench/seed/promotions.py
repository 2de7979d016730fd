"""Thirty promotions: offers on departments, ladders on everything, coupons nobody holds."""

from typing import Any

import asyncpg

from app.core.ids import new_id
from bench.seed.catalog import Catalog
from bench.seed.rows import Row, put

LADDERS, COUPONS = 4, 8


async def make_promotions(connection: asyncpg.Connection, catalog: Catalog) -> int:
    """Make them and return how many there are. None has a limit, so none has a shared counter."""
    rows = [_row(catalog, i, **rule) for i, rule in enumerate(_rules(catalog))]
    await put(connection, "promotions", rows)
    await put(connection, "promotion_quotas", [{"promotion_id": each["id"]} for each in rows])
    return len(rows)


def _rules(catalog: Catalog) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = []
    for i, root in enumerate(catalog.root_ids):
        scope = {"categories": [str(root)]}
        rules += [
            {"scope": scope, "action": {"type": "percent_off", "rate_bps": 300 + 50 * i}},
            {
                "scope": scope,
                "condition": {"all": [{"type": "min_amount", "amount_minor": 20_000}]},
                "action": {"type": "amount_off", "amount_minor": 900 + 100 * i},
            },
        ]
    for i in range(LADDERS):
        tiers = [
            {"min": 30_000 + 10_000 * i, "off_minor": 1_500 + 200 * i},
            {"min": 90_000 + 10_000 * i, "off_minor": 6_000 + 500 * i},
        ]
        rules.append({"action": {"type": "ladder", "by": "amount", "tiers": tiers}})
    rules += [
        {
            "action": {"type": "each", "every_minor": 50_000, "off_minor": 2_000, "max_times": 3},
            "priority": 5,
        },
        {"action": {"type": "percent_off", "rate_bps": 200, "cap_minor": 1_000}, "priority": 1},
    ]
    rules += [
        {
            "stage": "coupon",
            "needs_coupon": True,
            "action": {"type": "amount_off", "amount_minor": 500 * (i + 1)},
        }
        for i in range(COUPONS)
    ]
    return rules


def _row(catalog: Catalog, i: int, **rule: Any) -> Row:
    return {
        "id": new_id(),
        "merchant_id": catalog.merchant_id,
        "code": f"promotion-{i:02}",
        "name": f"Promotion {i:02}",
        "stage": "order",
        "priority": 0,
        "status": "running",
        "currency": "CNY",
        "needs_coupon": False,
        "scope": {},
        "condition": {},
    } | rule
