"""Kinds of coupons, as templates. Pure."""

from typing import Final

from app.services.promotions.templates.pieces import (
    COUPON,
    FROM,
    GOODS,
    LEAST,
    SCOPE,
    SKU,
    Template,
    ids,
    money,
    param,
    schema,
    share,
)

COUPONS: Final = (
    Template(
        "universal-coupon",
        "通用满减券",
        "A coupon for all goods: so much off when they come to an amount.",
        COUPON
        | {
            "condition": FROM,
            "action": {"type": "amount_off", "amount_minor": param("off_minor")},
        },
        schema({"off_minor": money("面额")}, LEAST),
        {"least_minor": 10_000, "off_minor": 2_000},
    ),
    Template(
        "category-coupon",
        "品类券",
        "A coupon for goods of some categories.",
        COUPON
        | {
            "scope": {"categories": param("categories"), "exclude_skus": param("exclude_skus")},
            "condition": FROM,
            "action": {"type": "amount_off", "amount_minor": param("off_minor")},
        },
        schema(
            {
                "categories": ids("品类", "categories", least=1),
                "off_minor": money("面额"),
            },
            LEAST | {"exclude_skus": GOODS["exclude_skus"]},
        ),
        {"categories": [SKU], "least_minor": 10_000, "off_minor": 2_000},
    ),
    Template(
        "percent-coupon",
        "折扣券",
        "A coupon that takes a share off, up to an amount.",
        COUPON
        | {
            "scope": SCOPE,
            "condition": FROM,
            "action": {
                "type": "percent_off",
                "rate_bps": param("rate_bps"),
                "cap_minor": param("cap_minor"),
            },
        },
        schema({"rate_bps": share("折扣")}, {"cap_minor": money("最多减"), **LEAST, **GOODS}),
        {"rate_bps": 1_000, "cap_minor": 5_000},
    ),
    Template(
        "targeted-coupon",
        "定向券",
        "A coupon that only members with certain tags can use.",
        COUPON
        | {
            "scope": SCOPE,
            "condition": {"all": [*FROM["all"], {"type": "customer_tags", "any": param("tags")}]},
            "action": {"type": "amount_off", "amount_minor": param("off_minor")},
        },
        schema(
            {
                "tags": {
                    "type": "array",
                    "items": {"type": "string", "minLength": 1, "maxLength": 64},
                    "minItems": 1,
                    "title": "会员标签",
                    "x-ui": {"widget": "tags"},
                },
                "off_minor": money("面额"),
            },
            LEAST | GOODS,
        ),
        {"tags": ["gold"], "off_minor": 3_000},
    ),
    Template(
        "shipping-coupon",
        "运费券",
        "A coupon that takes the shipping fee off, or a part of it.",
        {
            "stage": "shipping",
            "needs_coupon": True,
            "condition": FROM,
            "action": {"type": "ship_off", "amount_minor": param("off_minor")},
        },
        schema({"off_minor": money("面额")}, LEAST),
        {"off_minor": 1_000},
    ),
)
