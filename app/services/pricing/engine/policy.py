"""What a shop allows of discounts, and how deep they may go (pricing specification 2.4)."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.enums.pricing import Objective, ShippingTax, TaxScope
from app.services.pricing.engine.stages import DEFAULT_STAGES
from app.services.pricing.engine.tax import TaxMode

WHOLE_BPS = 10_000


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules of a channel that every quote in it keeps; rates in basis points.

    `max_discount_bps` caps the discounts on a unit as a share of its list price. A unit whose cost
    is known is not discounted under a margin of `min_margin_bps`; with None nobody asks.
    `shipping_tax_bps` is the rate of shipping fees where `shipping_tax` is fixed.
    """

    max_discount_bps: int = WHOLE_BPS
    min_margin_bps: int | None = None
    objective: Objective = Objective.CUSTOMER_BEST
    stages: tuple[str, ...] = DEFAULT_STAGES
    tax_scope: TaxScope = TaxScope.LINE
    shipping_tax: ShippingTax = ShippingTax.NONE
    shipping_tax_bps: int = 0

    def shipping_rate_bps(self, goods: Iterable[int]) -> int:
        """The rate of a shipping fee beside goods of these rates; 0: without tax."""
        if self.shipping_tax is ShippingTax.FIXED:
            return self.shipping_tax_bps
        return max(goods, default=0) if self.shipping_tax is ShippingTax.HIGHEST else 0


def floor_minor(
    policy: Policy,
    *,
    explicit_minor: int | None,
    cost_minor: int | None,
    tax_rate_bps: int,
    tax_mode: TaxMode,
) -> int:
    """Return the least a unit may cost after discounts: the higher of what was set and of cost.

    The margin is a share of the price before tax, so cost is divided by what is left of it; where
    prices contain tax, that comes on top. Both round up, in favour of the margin.
    """
    floor = explicit_minor or 0
    if cost_minor is None or policy.min_margin_bps is None:
        return floor
    net = WHOLE_BPS - policy.min_margin_bps
    whole = WHOLE_BPS + tax_rate_bps if tax_mode == TaxMode.INCLUSIVE else WHOLE_BPS
    return max(floor, -(-cost_minor * whole // net))
