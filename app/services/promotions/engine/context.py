"""What a quote is asked for: the cart, and who buys where, when and under which store rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from app.core.enums.pricing import Objective, TaxScope
from app.services.pricing.engine import DEFAULT_STAGES, Line, PriceContext, TaxMode

DEFAULT_EVALUATIONS = 300
"""Sets a component of more than twelve candidates may try before the answer is called bounded."""


PAYMENT_KINDS = (
    "balance",
    "bank_transfer",
    "cash_on_delivery",
    "gateway",
    "gift_card",
    "points",
)
"""Kinds of money an order may be paid with."""


@dataclass(frozen=True, slots=True)
class Cart:
    """Lines and the shipping fee before promotions. Amounts are minor units of the context."""

    lines: tuple[Line, ...]
    shipping_minor: int = 0
    shipping_tax_rate_bps: int = 0

    def __post_init__(self) -> None:
        if self.shipping_minor < 0 or not 0 <= self.shipping_tax_rate_bps <= 10_000:  # noqa: PLR2004 - the whole, in basis points
            raise ValueError("shipping is out of range")


@dataclass(frozen=True, slots=True)
class Customer:
    """Facts about the buyer. `id` is the identity limits are counted by; `None` is anonymous.

    `orders_count` counts earlier orders that were not cancelled, as many as `MOST_ORDERS`.
    """

    id: str | None = None
    tags: frozenset[str] = frozenset()
    tier: str | None = None
    orders_count: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return what an order keeps of its customer; the order itself names them."""
        return {
            "is_anonymous": self.id is None,
            "tier": self.tier,
            "tags": sorted(self.tags),
            "orders_count": self.orders_count,
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any], customer_id: str) -> Self:
        """Return the customer again who was kept by `to_dict`."""
        return cls(
            id=None if kept["is_anonymous"] else customer_id,
            tags=frozenset(kept["tags"]),
            tier=kept["tier"],
            orders_count=kept["orders_count"],
        )


@dataclass(frozen=True, slots=True)
class Context:
    """Everything besides cart and rules that decides a price.

    `max_discount_bps` caps the discount on every unit as a share of its list price. `stages` may
    insert stages (`coupon_shop` before `coupon`). `at` carries a time zone. `is_group_buy`
    says that the cart is one of a group. `payment_kinds` are those of the tenders the shopper
    chose, `None` until there is a choice.
    """

    currency: str
    at: datetime
    channel_id: str | None = None
    customer: Customer = field(default_factory=Customer)
    objective: Objective = Objective.CUSTOMER_BEST
    tax_mode: TaxMode = TaxMode.INCLUSIVE
    tax_scope: TaxScope = TaxScope.LINE
    max_discount_bps: int = 10_000
    stages: tuple[str, ...] = DEFAULT_STAGES
    max_evaluations: int = DEFAULT_EVALUATIONS
    is_group_buy: bool = False
    payment_kinds: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("at needs a time zone")
        if not 0 <= self.max_discount_bps <= 10_000:  # noqa: PLR2004 - the whole, in basis points
            raise ValueError("max_discount_bps is out of range")

    def kept(self) -> dict[str, Any]:
        """Return what an order keeps of it, for neither its quote nor its columns say so."""
        return {
            "customer": self.customer.to_dict(),
            "tax_scope": str(self.tax_scope),
            "max_discount_bps": self.max_discount_bps,
            "stages": list(self.stages),
            "is_group_buy": self.is_group_buy,
            "payment_kinds": None if self.payment_kinds is None else sorted(self.payment_kinds),
        }

    @property
    def prices(self) -> PriceContext:
        """What of it decides unit prices."""
        return PriceContext(self.at, self.channel_id, self.customer.tier, self.is_group_buy)
