"""What the demo shop holds. Names and prices are made up."""

from dataclasses import dataclass, field
from typing import Any

PASSWORD = "taste-of-oolong"  # noqa: S105 - printed at every start, on a shop that is not real
OWNER = "owner@demo.example"
SHOPPER = "shopper@demo.example"

LOGINS = (
    f"shopper  {SHOPPER}  {PASSWORD}   (gift card ¥100, 5 000 points, balance ¥50)",
    f"staff    {OWNER}    {PASSWORD}   (owner)",
)

Values = list[tuple[str, str]]


@dataclass(frozen=True)
class Goods:
    """A product: its options make its SKUs; `deltas` add to the base price per option value."""

    code: str
    name: str
    subtitle: str
    category: str
    brand: str
    price_minor: int
    weight_grams: int
    merchant: str = "platform"
    options: dict[str, tuple[str, Values]] = field(default_factory=dict)
    deltas: dict[str, dict[str, int]] = field(default_factory=dict)
    exclude: list[dict[str, list[str]]] = field(default_factory=list)

    @property
    def axes(self) -> list[dict[str, Any]]:
        return [
            {"code": code, "name": name, "values": [{"code": c, "name": n} for c, n in values]}
            for code, (name, values) in self.options.items()
        ]


SIZES: Values = [("s", "S"), ("m", "M"), ("l", "L"), ("xl", "XL")]

CATEGORIES = (
    ("apparel", "服装", None),
    ("t-shirts", "T恤", "apparel"),
    ("jackets", "外套", "apparel"),
    ("electronics", "手机数码", None),
    ("headphones", "耳机", "electronics"),
    ("phones", "手机", "electronics"),
    ("food", "食品", None),
    ("tea", "茶叶", "food"),
)

BRANDS = (("yunzhou", "云舟"), ("linglong", "玲珑"), ("chenguang", "晨光里"))

GOODS = (
    Goods(
        "TEE",
        "云舟 重磅纯棉T恤",
        "260克新疆长绒棉，不透不变形",
        "t-shirts",
        "yunzhou",
        9_900,
        260,
        options={
            "color": ("颜色", [("black", "黑色"), ("white", "白色"), ("red", "红色")]),
            "size": ("尺码", SIZES),
        },
        deltas={"size": {"xl": 1_000}},
        exclude=[{"color": ["red"], "size": ["xl"]}],
    ),
    Goods(
        "PARKA",
        "云舟 三合一冲锋衣",
        "可拆内胆，防水透气",
        "jackets",
        "yunzhou",
        59_900,
        1_100,
        options={
            "color": ("颜色", [("ink", "墨绿"), ("sand", "沙色")]),
            "size": ("尺码", SIZES),
        },
    ),
    Goods(
        "BUDS",
        "玲珑 降噪耳机",
        "主动降噪，40小时续航",
        "headphones",
        "linglong",
        39_900,
        180,
        options={"color": ("颜色", [("black", "曜石黑"), ("white", "月光白")])},
    ),
    Goods(
        "PHONE",
        "玲珑 手机 12",
        "一亿像素，120瓦快充",
        "phones",
        "linglong",
        299_900,
        420,
        options={
            "color": ("颜色", [("black", "黑色"), ("blue", "海蓝")]),
            "storage": ("存储", [("256", "256GB"), ("512", "512GB")]),
        },
        deltas={"storage": {"512": 60_000}},
    ),
    Goods("CABLE", "玲珑 双头数据线", "1米，100瓦", "phones", "linglong", 3_990, 60),
    Goods(
        "OOLONG",
        "晨光里 清香乌龙",
        "安溪春茶，独立小包",
        "tea",
        "chenguang",
        12_800,
        300,
        merchant="chenguang",
        options={"pack": ("规格", [("125", "125克"), ("250", "250克"), ("500", "500克")])},
        deltas={"pack": {"250": 10_000, "500": 28_000}},
    ),
    Goods(
        "PUER",
        "晨光里 陈年普洱",
        "2016年熟茶，七子饼",
        "tea",
        "chenguang",
        26_800,
        380,
        merchant="chenguang",
    ),
)

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
