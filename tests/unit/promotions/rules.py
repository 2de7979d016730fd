"""Short ways to write carts and promotions in tests of the engine."""

from datetime import UTC, datetime
from typing import Any

from app.services.pricing.engine import Line
from app.services.promotions.engine import Cart, Context, Coupon, Promotion, Quote
from app.services.promotions.engine import parse_rule as parse
from app.services.promotions.engine import quote as price

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


def line(key: str, price_minor: int, quantity: int = 1, **facts: Any) -> Line:
    """Return a line whose SKU has the id of the line unless `sku_id` says otherwise."""
    return Line(key, facts.pop("sku_id", key), quantity, price_minor, **facts)


def amount_off(amount_minor: int) -> dict[str, Any]:
    return {"type": "amount_off", "amount_minor": amount_minor}


def percent_off(rate_bps: int, cap_minor: int | None = None) -> dict[str, Any]:
    return {"type": "percent_off", "rate_bps": rate_bps, "cap_minor": cap_minor}


def each(every_minor: int, off_minor: int, max_times: int | None = None) -> dict[str, Any]:
    return {
        "type": "each",
        "every_minor": every_minor,
        "off_minor": off_minor,
        "max_times": max_times,
    }


def ladder(*tiers: tuple[int, int], by: str = "amount", off: str = "off_minor") -> dict[str, Any]:
    return {"type": "ladder", "by": by, "tiers": [{"min": m, off: value} for m, value in tiers]}


def percent_off_unit(rate_bps: int) -> dict[str, Any]:
    return {"type": "percent_off_unit", "rate_bps": rate_bps}


def amount_off_unit(amount_minor: int) -> dict[str, Any]:
    return {"type": "amount_off_unit", "amount_minor": amount_minor}


def fixed_price(price_minor: int) -> dict[str, Any]:
    return {"type": "fixed_price", "price_minor": price_minor}


def nth(n: int, rate_bps: int, **more: Any) -> dict[str, Any]:
    return {"type": "nth", "n": n, "rate_bps": rate_bps, **more}


def bxgy(buy: int, get: int, **more: Any) -> dict[str, Any]:
    return {"type": "bxgy", "buy": buy, "get": get, **more}


def bundle_n(n: int, price_minor: int, **more: Any) -> dict[str, Any]:
    return {"type": "bundle_n", "n": n, "price_minor": price_minor, **more}


def bundle_fixed(price_minor: int, **skus: int) -> dict[str, Any]:
    items = [{"sku_id": sku_id, "quantity": quantity} for sku_id, quantity in skus.items()]
    return {"type": "bundle_fixed", "price_minor": price_minor, "items": items}


def addon(price_minor: int, max_quantity: int = 1) -> dict[str, Any]:
    return {"type": "addon", "price_minor": price_minor, "max_quantity": max_quantity}


def gift(**skus: int) -> dict[str, Any]:
    presents = [{"sku_id": sku_id, "quantity": quantity} for sku_id, quantity in skus.items()]
    return {"type": "gift", "presents": presents}


def item(key: str, action: dict[str, Any], *conditions: dict[str, Any], **more: Any) -> Promotion:
    return promotion(key, action, *conditions, stage="item", **more)


def min_amount(amount_minor: int, **more: Any) -> dict[str, Any]:
    return {"type": "min_amount", "amount_minor": amount_minor, **more}


def min_quantity(quantity: int, **more: Any) -> dict[str, Any]:
    return {"type": "min_quantity", "quantity": quantity, **more}


def promotion(
    key: str,
    action: dict[str, Any],
    *conditions: dict[str, Any],
    stage: str = "order",
    scope: dict[str, Any] | None = None,
    stack: dict[str, Any] | None = None,
    limit: int | None = None,
    **facts: Any,
) -> Promotion:
    config = {
        "action": action,
        "condition": {"all": list(conditions)},
        "scope": scope or {},
        "stack": stack or {},
        "limits": {"max_discount_minor": limit},
    }
    stages = facts.pop("stages", ("item", "order", "coupon", "shipping"))
    return Promotion(key, f"promotion {key}", stage, parse(stage, config, stages=stages), **facts)


def coupon(key: str, action: dict[str, Any], *conditions: dict[str, Any], **more: Any) -> Promotion:
    """Return a coupon-stage promotion with an instance `<key>-1`."""
    instance = more.pop("coupon", Coupon(f"{key}-1", code=f"{key}-CODE"))
    return promotion(
        key, action, *conditions, stage="coupon", needs_coupon=True, coupon=instance, **more
    )


def context(**facts: Any) -> Context:
    return Context(**{"currency": "CNY", "at": NOON} | facts)


def quote(
    lines: list[Line], *promotions: Promotion, shipping_minor: int = 0, **facts: Any
) -> Quote:
    return price(Cart(tuple(lines), shipping_minor), promotions, context(**facts))


def applied(answer: Quote) -> dict[str, int]:
    return {each.promotion_id: each.amount_minor for each in answer.applied}


def reasons(answer: Quote) -> dict[str, str]:
    return {each.promotion_id: each.reason for each in answer.rejected}


def detail(answer: Quote, key: str) -> dict[str, int | str]:
    return next(dict(each.detail) for each in answer.rejected if each.promotion_id == key)


def nets(answer: Quote) -> dict[str, list[int]]:
    """Return the net of every single unit by line."""
    return {
        each.line_id: [unit.net_minor for unit in each.units for _ in range(unit.count)]
        for each in answer.lines
    }
