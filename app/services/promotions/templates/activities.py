"""Activities merchants of a mall set up every week, as templates. Pure."""

from typing import Final

from app.services.promotions.templates.pieces import (
    FROM,
    GOODS,
    LEAST,
    OTHER,
    PIECES,
    SKU,
    Template,
    ids,
    item,
    money,
    order,
    param,
    rows,
    schema,
    share,
    whole,
)

PROMOTIONS: Final = (
    Template(
        "full-reduction",
        "满减",
        "So much off when the goods come to an amount, once.",
        order({"type": "amount_off", "amount_minor": param("off_minor")}, FROM),
        schema(LEAST | {"off_minor": money("减")}, GOODS),
        {"least_minor": 30_000, "off_minor": 4_000},
    ),
    Template(
        "each-full-reduction",
        "每满减",
        "So much off for every so much, up to a number of times.",
        order(
            {
                "type": "each",
                "every_minor": param("every_minor"),
                "off_minor": param("off_minor"),
                "max_times": param("max_times"),
            }
        ),
        schema(
            {"every_minor": money("每满"), "off_minor": money("减")},
            {"max_times": whole("最多次数"), **GOODS},
        ),
        {"every_minor": 20_000, "off_minor": 3_000, "max_times": 3},
    ),
    Template(
        "ladder-reduction",
        "阶梯满减",
        "The more the goods come to, the more off; the highest tier reached applies.",
        order({"type": "ladder", "by": "amount", "tiers": param("tiers")}),
        schema({"tiers": rows("阶梯", min=money("满"), off_minor=money("减"))}, GOODS),
        {"tiers": [{"min": 30_000, "off_minor": 4_000}, {"min": 60_000, "off_minor": 10_000}]},
    ),
    Template(
        "pieces-percent",
        "满件折",
        "The more pieces, the larger the share off all of them.",
        order({"type": "ladder", "by": "quantity", "tiers": param("tiers")}),
        schema({"tiers": rows("阶梯", min=whole("满件"), off_bps=share("折扣"))}, GOODS),
        {"tiers": [{"min": 2, "off_bps": 1_000}, {"min": 3, "off_bps": 2_000}]},
    ),
    Template(
        "nth-piece",
        "第N件M折",
        "Every nth piece at a discount, the dearest first (第二件半价).",
        item(
            {
                "type": "nth",
                "n": param("n"),
                "rate_bps": param("rate_bps"),
                "group_by": param("group_by"),
            }
        ),
        schema(
            {"n": whole("第几件", low=2), "rate_bps": share("折扣")},
            {
                "group_by": {"type": "string", "enum": ["any", "sku"], "title": "同款计算"},
                **GOODS,
            },
        ),
        {"n": 2, "rate_bps": 5_000},
    ),
    Template(
        "buy-get",
        "买赠",
        "With so many bought so many of the same goods for nothing, the cheapest.",
        item({"type": "bxgy", "buy": param("buy"), "get": param("get")}),
        schema({"buy": whole("买"), "get": whole("赠")}, GOODS),
        {"buy": 2, "get": 1},
    ),
    Template(
        "pieces-for-price",
        "N件M元",
        "Any so many pieces at one price.",
        item({"type": "bundle_n", "n": param("n"), "price_minor": param("price_minor")}),
        schema({"n": whole("件数", low=2), "price_minor": money("价格")}, GOODS),
        {"n": 3, "price_minor": 9_900},
    ),
    Template(
        "bundle",
        "套餐",
        "A set of named goods at one price.",
        {
            "stage": "item",
            "action": {
                "type": "bundle_fixed",
                "items": param("items"),
                "price_minor": param("price_minor"),
            },
        },
        schema({"items": PIECES, "price_minor": money("套餐价")}),
        {
            "items": [{"sku_id": SKU, "quantity": 1}, {"sku_id": OTHER, "quantity": 1}],
            "price_minor": 19_900,
        },
    ),
    Template(
        "addon",
        "加价购",
        "Named goods at a special price once the other goods come to an amount.",
        {
            "stage": "item",
            "scope": {"skus": param("skus")},
            "condition": {
                "all": [
                    {
                        "type": "min_amount",
                        "amount_minor": param("least_minor"),
                        "scope": {"exclude_skus": param("skus")},
                    }
                ]
            },
            "action": {
                "type": "addon",
                "price_minor": param("price_minor"),
                "max_quantity": param("max_quantity"),
            },
        },
        schema(
            LEAST | {"skus": ids("换购商品", "skus", least=1), "price_minor": money("换购价")},
            {"max_quantity": whole("最多件数")},
        ),
        {"least_minor": 20_000, "skus": [SKU], "price_minor": 990, "max_quantity": 1},
    ),
    Template(
        "gift",
        "满赠",
        "A present of the shopper's choice when the goods come to an amount.",
        order({"type": "gift", "presents": param("presents")}, FROM),
        schema(LEAST | {"presents": PIECES}, GOODS),
        {"least_minor": 50_000, "presents": [{"sku_id": SKU, "quantity": 1}]},
    ),
    Template(
        "free-shipping",
        "包邮",
        "No shipping fee when the goods come to an amount.",
        {"stage": "shipping", "condition": FROM, "action": {"type": "ship_free"}},
        schema(LEAST),
        {"least_minor": 9_900},
    ),
    Template(
        "flash-reduction",
        "限时直降",
        "So much off every piece of named goods while the promotion runs.",
        {
            "stage": "item",
            "scope": {"skus": param("skus")},
            "action": {"type": "amount_off_unit", "amount_minor": param("off_minor")},
        },
        schema({"skus": ids("商品", "skus", least=1), "off_minor": money("直降")}),
        {"skus": [SKU], "off_minor": 2_000},
    ),
)
