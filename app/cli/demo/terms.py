"""What the demo shop promises and gives."""

from typing import Any

CURRENCY = "CNY"

PROMOTIONS: tuple[dict[str, Any], ...] = (
    {
        "code": "SPEND-AND-SAVE",
        "name": "满300减40，满600减100",
        "stage": "order",
        "action": {
            "type": "ladder",
            "by": "amount",
            "tiers": [{"min": 30_000, "off_minor": 4_000}, {"min": 60_000, "off_minor": 10_000}],
        },
    },
    {
        "code": "TEA-TWO",
        "name": "茶叶满2件9折",
        "stage": "order",
        "scope": {"categories": ["tea"]},
        "action": {"type": "ladder", "by": "quantity", "tiers": [{"min": 2, "off_bps": 1_000}]},
    },
    {
        "code": "WELCOME",
        "name": "新人券：满100减20",
        "stage": "coupon",
        "needs_coupon": True,
        "condition": {"all": [{"type": "min_amount", "amount_minor": 10_000}]},
        "action": {"type": "amount_off", "amount_minor": 2_000},
        "uses_per_member": 1,
        "total_uses": 1_000,
        "refund": {"return_coupon": "on_cancel"},
    },
    {
        "code": "TEA-COUPON",
        "name": "茶券：茶叶满200减15",
        "stage": "coupon",
        "needs_coupon": True,
        "scope": {"categories": ["tea"]},
        "condition": {"all": [{"type": "min_amount", "amount_minor": 20_000}]},
        "action": {"type": "amount_off", "amount_minor": 1_500},
        "refund": {"return_coupon": "on_cancel"},
    },
)

GIVEN = "WELCOME"
"""The promotion of which the demo shopper has a coupon from the start."""

OFFERS: tuple[dict[str, Any], ...] = (
    {"name": "领券中心：茶券", "kind": "claim", "total": 500, "valid_days": 30},
    {"name": "口令：茶券", "kind": "public_code", "public_code": "TEATIME", "valid_days": 30},
)
"""How coupons of `OFFERED` reach whoever wants one."""

OFFERED = "TEA-COUPON"

PICKED = {"code": "picked", "name": "店长推荐"}
"""A badge for some of the goods."""

METHODS = ("alipay", "wechatpay", "unionpay", "sandbox")
"""What shoppers may choose to pay by; all of it is paid at the sandbox."""

EXPRESS: dict[str, Any] = {
    "method": "express",
    "currency": CURRENCY,
    "name": "特快",
    "basis": "weight",
    "zones": [
        {
            "code": "cn",
            "name": "全国",
            "regions": ["CN"],
            "first_units": 1_000,
            "first_minor": 1_500,
            "step_units": 1_000,
            "step_minor": 400,
            "transit_days": 1,
        }
    ],
}
"""The platform's own goods also go by express."""
