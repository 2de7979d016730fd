"""What the demo shop is made of. Names and prices are made up."""

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
    """A product: its options make its SKUs; `deltas` add to the base price per option value.

    `attributes` are those of the attribute set `sort`. Of the `picture`, a shape and a colour, the
    colour is that of the option `color` where there is one. `units` says how many pieces there are
    of SKUs whose code ends so, where it is not as many as of the others.
    """

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
    description: str = ""
    keywords: str = ""
    sort: str = ""
    attributes: dict[str, list[str]] = field(default_factory=dict)
    picture: tuple[str, str] = ("", "")
    units: dict[str, int] = field(default_factory=dict)
    is_picked: bool = False

    def pieces(self, code: str, usual: int) -> int:
        """How many there are of the SKU with this code."""
        return next((n for end, n in self.units.items() if code.endswith(end)), usual)

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
    ("shirts", "衬衫", "apparel"),
    ("accessories", "配饰", "apparel"),
    ("electronics", "手机数码", None),
    ("headphones", "耳机", "electronics"),
    ("phones", "手机", "electronics"),
    ("speakers", "音箱", "electronics"),
    ("food", "食品", None),
    ("tea", "茶叶", "food"),
    ("home", "家居", None),
    ("teaware", "茶具", "home"),
)

ATTRIBUTE_SETS: dict[str, tuple[str, tuple[tuple[str, str, str | None], ...]]] = {
    "apparel": ("服装", (("material", "面料", None), ("season", "季节", None))),
    "electronics": ("数码", (("battery", "续航", "小时"), ("ports", "接口", None))),
    "tea": ("茶叶", (("origin", "产地", None), ("year", "年份", None))),
    "teaware": ("茶具", (("material", "材质", None), ("volume", "容量", "毫升"))),
}
"""By a code of ours: the name, and code, name and unit of each attribute. All are filterable."""

BRANDS = (
    ("yunzhou", "云舟"),
    ("linglong", "玲珑"),
    ("chenguang", "晨光里"),
    ("ciwu", "瓷屋"),
)
