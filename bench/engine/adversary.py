"""Carts made to be hard: every promotion shares with every other and wants nearly everything."""

from random import Random
from typing import Any

from app.services.promotions.engine import Cart, Coupon, Promotion, parse_rule
from bench.engine.carts import cart

STAGES = ("item", "order", "coupon")
SHARED = {"in_stage": "stack"}


def adversarial(seed: int, number: int, *, lines: int = 12) -> tuple[Cart, list[Promotion]]:
    """Return a cart and one component of promotions that push each other under thresholds.

    Each takes up to 2 % off and asks for 94 to 100 % of the subtotal when its stage starts, so
    what an earlier stage takes off decides how many of a later one are left.
    """
    lots = Random(seed)
    goods = cart(lots, lines)
    subtotal = sum(line.list_minor * line.quantity for line in goods.lines)
    return goods, [_promotion(lots, index, subtotal) for index in range(number)]


def _promotion(lots: Random, index: int, subtotal: int) -> Promotion:
    stage = STAGES[index % len(STAGES)]
    action: dict[str, Any] = {
        "type": "amount_off",
        "amount_minor": lots.randrange(1, subtotal // 50),
    }
    if stage == "item":
        action = {"type": "percent_off_unit", "rate_bps": lots.randrange(10, 200)}
    needs = subtotal * lots.randrange(9_400, 10_001) // 10_000
    config = {
        "action": action,
        "condition": {"all": [{"type": "min_amount", "amount_minor": needs}]},
        "stack": SHARED,
    }
    key = f"{stage}-{index:02}"
    coupon = Coupon(f"{key}-1") if stage == "coupon" else None
    rule = parse_rule(stage, config)
    return Promotion(key, key, stage, rule, coupon=coupon, needs_coupon=coupon is not None)
