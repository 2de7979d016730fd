"""The quote: one shape for every answer that names a price."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.core.json import dump_bytes
from app.services.pricing.engine import ConsideredPrice


class UnitGroup(NamedTuple):
    """`count` consecutive units of a line that are alike; amounts are those of one unit."""

    count: int  # type: ignore[assignment]  # tuple.count is of no use here
    list_minor: int
    price_minor: int
    price_kind: str
    is_blocked: bool
    discounts: tuple[tuple[str, int], ...]
    net_minor: int
    tax_minor: int

    def to_dict(self) -> dict[str, Any]:
        return self._asdict() | {
            "price_kind": str(self.price_kind),
            "discounts": [
                {"promotion_id": promotion_id, "amount_minor": amount}
                for promotion_id, amount in self.discounts
            ],
        }


class LineQuote(NamedTuple):
    """A line; `list_minor` is that of one unit, the other amounts are of the whole line.

    `prices` are those its pieces could have, lowest first; empty where there was none to choose.
    """

    line_id: str
    sku_id: str
    quantity: int
    list_minor: int
    goods_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    tax_rate_bps: int
    units: tuple[UnitGroup, ...]
    prices: tuple[ConsideredPrice, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return self._asdict() | {
            "units": [unit.to_dict() for unit in self.units],
            "prices": [price.to_dict() for price in self.prices],
        }


class Applied(NamedTuple):
    """A promotion that took something off. `capped_minor` is what floors kept it from taking."""

    promotion_id: str
    coupon_id: str | None
    code: str | None
    name: str
    stage: str
    amount_minor: int
    capped_minor: int
    by_line: tuple[tuple[str, int], ...]

    def to_dict(self) -> dict[str, Any]:
        return self._asdict() | {"by_line": dict(self.by_line)}


class Rejected(NamedTuple):
    """A candidate that was not applied, with its one reason and the numbers behind it."""

    promotion_id: str
    coupon_id: str | None
    code: str | None
    name: str
    stage: str
    reason: str
    detail: tuple[tuple[str, int | str], ...]

    def to_dict(self) -> dict[str, Any]:
        return self._asdict() | {"detail": dict(self.detail)}


class NextTier(NamedTuple):
    """What more goods would bring: "add 12.00 more to save 20.00".

    What is not missing is `None`. `gain_minor` is net of what would be given up for it,
    `gift_minor` the list value of the goods that would be given.
    """

    promotion_id: str
    name: str
    missing_minor: int | None
    missing_quantity: int | None
    gain_minor: int
    gift_minor: int = 0

    def to_dict(self) -> dict[str, Any]:
        return self._asdict()


class Gift(NamedTuple):
    """Goods a promotion gives for nothing; `list_minor` is what one piece costs otherwise."""

    promotion_id: str
    sku_id: str
    quantity: int
    list_minor: int

    def to_dict(self) -> dict[str, Any]:
        return self._asdict()


class Totals(NamedTuple):
    """Sums of the order. `goods = list - price_saving`, `net = goods - discount`.

    `shipping_minor` is the fee that is left after `shipping_discount_minor`. `tax_minor` includes
    the tax on shipping; `payable_minor` adds it only where prices exclude it.
    """

    list_minor: int
    price_saving_minor: int
    goods_minor: int
    discount_minor: int
    shipping_minor: int
    shipping_discount_minor: int
    tax_minor: int
    net_minor: int
    payable_minor: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What a cart costs and why. Amounts are integer minor units of `currency`.

    Lines are in order of id, units in order of index, promotions in order of stage and rank.
    `quote_hash` covers everything that decides money and nothing else: not the search, not what
    was rejected, not names.
    """

    currency: str
    objective: str
    optimality: str
    gap_minor: int
    evaluations: int
    engine_version: str
    rules_hash: str
    lines: tuple[LineQuote, ...]
    shipping_minor: int
    shipping_tax_minor: int
    totals: Totals
    applied: tuple[Applied, ...]
    gifts: tuple[Gift, ...]
    rejected: tuple[Rejected, ...]
    next_tiers: tuple[NextTier, ...]
    quote_hash: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data: integers, strings, booleans, `None`, lists and dicts."""
        return {
            "currency": self.currency,
            "objective": self.objective,
            "optimality": self.optimality,
            "gap_minor": self.gap_minor,
            "evaluations": self.evaluations,
            "engine_version": self.engine_version,
            "rules_hash": self.rules_hash,
            "lines": [line.to_dict() for line in self.lines],
            "shipping_minor": self.shipping_minor,
            "shipping_tax_minor": self.shipping_tax_minor,
            "totals": self.totals._asdict(),
            "applied": [each.to_dict() for each in self.applied],
            "gifts": [each.to_dict() for each in self.gifts],
            "rejected": [each.to_dict() for each in self.rejected],
            "next_tiers": [each.to_dict() for each in self.next_tiers],
            "quote_hash": self.quote_hash,
        }


def money_hash(
    currency: str,
    lines: Sequence[tuple[Any, ...]],
    applied: tuple[Applied, ...],
    gifts: tuple[Gift, ...],
    totals: Totals,
    shipping_tax_minor: int,
) -> str:
    """Return the SHA-256 of the canonical JSON of what decides money, as arrays in field order.

    Of a line that is its id, SKU, rate and units, for its amounts follow from those. All are plain
    tuples, which are written many times faster than records.
    """
    deciding = (
        currency,
        lines,
        [(a.promotion_id, a.coupon_id, a.stage, a.amount_minor, a.by_line) for a in applied],
        [tuple(gift) for gift in gifts],
        tuple(totals),
        shipping_tax_minor,
    )
    return hashlib.sha256(dump_bytes(deciding)).hexdigest()
