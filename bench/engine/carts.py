"""Carts and promotions as a large mall has them, made from a seed."""

from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple

from app.services.pricing.engine import Line, PriceOption
from app.services.promotions.engine import (
    Cart,
    Context,
    Coupon,
    GiftFact,
    Promotion,
    parse_rule,
)

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
CONTEXT = Context(currency="CNY", at=NOON)
CATEGORIES, BRANDS = 24, 12
MEMBER = frozenset({"gold"})


def cart(lots: Random, lines: int, *, pieces: int = 4) -> Cart:
    """Lines of different SKUs in a handful of categories and brands."""
    return Cart(
        tuple(
            Line(
                id=f"L{number:03}",
                sku_id=f"S{number:03}",
                quantity=lots.randint(1, pieces),
                list_minor=lots.randrange(500, 50_000),
                prices=(PriceOption("member", lots.randrange(400, 50_000), tiers=MEMBER),)
                if number % 3 == 0
                else (),
                tax_rate_bps=lots.choice((1_300, 900, 600)),
                spu_id=f"P{number // 3:03}",
                brand_id=f"b{number % BRANDS}",
                merchant_id="m",
                categories=frozenset({f"c{number % CATEGORIES}", "root"}),
            )
            for number in range(lines)
        ),
        shipping_minor=1_200,
    )


class Market(NamedTuple):
    """What promotions are about: `amounts` of this cart in thousandths, and names to draw from."""

    subtotal: int
    per_mille: int = 1_000
    categories: tuple[str, ...] = tuple(f"c{number}" for number in range(CATEGORIES))
    brands: tuple[str, ...] = tuple(f"b{number}" for number in range(BRANDS))

    def amount(self, minor: int) -> int:
        return max(1, minor * self.per_mille // 1_000)


def mixed(lots: Random, number: int, market: Market) -> list[Promotion]:
    """Promotions of every stage with default sharing: of ten, four discount items."""
    return [_promotion(lots, index, market) for index in range(number)]


def _promotion(lots: Random, index: int, market: Market) -> Promotion:
    makers = (_unit, _order, _coupon, _group, _order, _coupon, _unit, _coupon, _group, _rare)
    stage, action, needs = makers[index % len(makers)](lots, market)
    config: dict[str, Any] = {"action": action, "scope": _scope(lots, index, stage, market)}
    if needs:
        config["condition"] = {"all": [{"type": "min_amount", "amount_minor": needs}]}
    key = f"{stage}-{index:03}"
    coupon = Coupon(f"{key}-1") if stage == "coupon" else None
    return Promotion(
        key,
        key,
        stage,
        parse_rule(stage, config),
        priority=lots.randrange(3),
        coupon=coupon,
        needs_coupon=coupon is not None,
        gifts=(GiftFact("mug", 1_500, 9),),
    )


def _scope(lots: Random, index: int, stage: str, market: Market) -> dict[str, Any]:
    """Items are discounted by category or brand, orders as a whole as often as not."""
    by_category = {"categories": [lots.choice(market.categories) for _ in range(2)]}
    by_brand = {"brands": [lots.choice(market.brands)]}
    if stage == "item":
        return (by_category, by_brand)[index % 2]
    return ({}, by_category, {}, by_brand)[lots.randrange(4)]


def _unit(lots: Random, market: Market) -> tuple[str, dict[str, Any], int]:
    percent = {"type": "percent_off_unit", "rate_bps": lots.choice((500, 1_000, 1_500))}
    off = market.amount(lots.randrange(100, 1_500))
    return "item", lots.choice((percent, {"type": "amount_off_unit", "amount_minor": off})), 0


def _group(lots: Random, market: Market) -> tuple[str, dict[str, Any], int]:
    nth = {"type": "nth", "n": 2, "rate_bps": 5_000}
    price = market.amount(lots.randrange(9_900, 39_900))
    bundle = {"type": "bundle_n", "n": 3, "price_minor": price}
    free = {"type": "bxgy", "buy": 3, "get": 1, "max_groups": 2}
    return "item", lots.choice((nth, bundle, free)), 0


def _order(lots: Random, market: Market) -> tuple[str, dict[str, Any], int]:
    low = max(2, market.subtotal // 20)
    tiers = [
        {"min": low, "off_minor": low // 10 + 1},
        {"min": low * 4, "off_minor": low // 2 + 2},
    ]
    rate = lots.randrange(200, 1_500)
    every, off = market.amount(30_000), market.amount(3_000)
    actions = (
        {"type": "ladder", "tiers": tiers},
        {"type": "percent_off", "rate_bps": rate, "cap_minor": market.amount(20_000)},
        {"type": "each", "every_minor": every, "off_minor": off, "max_times": 5},
        {"type": "amount_off", "amount_minor": market.amount(lots.randrange(500, 5_000))},
    )
    return "order", lots.choice(actions), _needs(lots, market)


def _coupon(lots: Random, market: Market) -> tuple[str, dict[str, Any], int]:
    off = market.amount(lots.randrange(500, 9_000))
    rate, cap = lots.randrange(200, 1_500), market.amount(10_000)
    actions = (
        {"type": "amount_off", "amount_minor": off},
        {"type": "percent_off", "rate_bps": rate, "cap_minor": cap},
    )
    return "coupon", lots.choice(actions), _needs(lots, market)


def _rare(lots: Random, market: Market) -> tuple[str, dict[str, Any], int]:
    gift = {"type": "gift", "presents": [{"sku_id": "mug", "quantity": 1}]}
    if lots.random() < 0.5:  # noqa: PLR2004 - a coin
        return "shipping", {"type": "ship_free"}, market.subtotal // 3
    return "order", gift, market.subtotal // 2


def _needs(lots: Random, market: Market) -> int:
    low = market.amount(1_000)
    return lots.randrange(low, max(2 * low, market.subtotal))
