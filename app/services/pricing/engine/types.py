"""Values the pricing engine works on. Frozen, hashable, free of I/O."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.core.money import MAX_MINOR

LIST_PRICE = "list"
"""The kind of price every line has; all others are candidates beside it."""

GROUP_BUY = "group_buy"
"""The kind of price that only carts of a group get."""

AGREED = "agreed"
"""The kind of price that people agreed on for one line of one order; it may be above the list."""

BLOCK_ALL = ("*",)
"""`blocks` of a price or line that no later stage may touch."""


@dataclass(frozen=True, slots=True)
class PriceOption:
    """A unit price a line may get instead of its list price.

    `kind` names where it comes from: `channel`, `member`, `quantity`, `flash`, `group_buy`, `b2b`,
    `exchange`, `bargain`, `agreed`.
    It is eligible inside `[starts_at, ends_at)`, in the named channels and member tiers (none
    named: all), once the cart holds `min_quantity` of the SKU over all its lines. `quota` is how
    many units may still be sold at it, to this customer, now; units of one SKU share it across
    lines. `blocks` names the stages that may not discount a unit sold at it. A price of kind
    `group_buy` is eligible in a group-buy cart only.
    """

    kind: str
    price_minor: int
    id: str = ""
    min_quantity: int = 1
    quota: int | None = None
    channel_ids: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    blocks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.price_minor <= MAX_MINOR:
            raise ValueError(f"price {self.price_minor} is out of range")


@dataclass(frozen=True, slots=True)
class Line:
    """`quantity` pieces of one SKU in a cart, with what the rules need to know about the SKU.

    `asked` is a price asked for on this line, an exchange for points, a bargain or what was agreed
    on: the line costs that and nothing else, whoever offers it having made sure that it may.
    `categories` holds the SKU's category and all its ancestors. `floor_minor` is the lowest unit
    price discounts may reach. `blocks` names stages that may not discount the line at all.
    `price_id` names the list price, as `id` does the others.
    """

    id: str
    sku_id: str
    quantity: int
    list_minor: int
    prices: tuple[PriceOption, ...] = ()
    asked: PriceOption | None = None
    floor_minor: int = 0
    tax_rate_bps: int = 0
    spu_id: str | None = None
    brand_id: str | None = None
    merchant_id: str | None = None
    categories: frozenset[str] = frozenset()
    blocks: tuple[str, ...] = ()
    price_id: str = ""

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ValueError(f"line {self.id} has no quantity")
        if not 0 <= self.list_minor <= MAX_MINOR or self.floor_minor < 0:
            raise ValueError(f"line {self.id} has an amount out of range")
        if not 0 <= self.tax_rate_bps <= 10_000:  # noqa: PLR2004 - the whole, in basis points
            raise ValueError(f"line {self.id} has a tax rate out of range")


@dataclass(frozen=True, slots=True)
class PriceContext:
    """Who buys where and when, as far as unit prices depend on it."""

    at: datetime
    channel_id: str | None = None
    tier: str | None = None
    is_group_buy: bool = False


class PriceRun(NamedTuple):
    """`quantity` consecutive units of a line that cost the same for the same reason."""

    quantity: int
    price_minor: int
    kind: str
    price_id: str
    blocks: tuple[str, ...]


class PricedLine(NamedTuple):
    """A line after the price stage; the quantities of `runs` sum to its quantity."""

    line: Line
    runs: tuple[PriceRun, ...]
