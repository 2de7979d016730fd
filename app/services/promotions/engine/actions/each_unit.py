"""Something off every single unit, rounded per unit (pricing specification 2.2, item stage)."""

from dataclasses import dataclass
from typing import ClassVar, Self

from app.core.money import MAX_MINOR
from app.services.promotions.engine.actions.base import Kind
from app.services.promotions.engine.reading import Node


@dataclass(frozen=True, slots=True)
class PercentOffUnit:
    """`{"type": "percent_off_unit", "rate_bps": 1000}`: 10 % off, half a cent rounded up."""

    type: ClassVar[str] = "percent_off_unit"
    kind: ClassVar[Kind] = Kind.UNIT
    rate_bps: int

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(node.integer("rate_bps", high=10_000))

    def off_minor(self, entry_minor: int) -> int:
        # As `share_bps` has it, without a call for every unit there is.
        return (2 * entry_minor * self.rate_bps + 10_000) // 20_000


@dataclass(frozen=True, slots=True)
class AmountOffUnit:
    """`{"type": "amount_off_unit", "amount_minor": 500}`, never more than the unit costs."""

    type: ClassVar[str] = "amount_off_unit"
    kind: ClassVar[Kind] = Kind.UNIT
    amount_minor: int

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(node.integer("amount_minor"))

    def off_minor(self, entry_minor: int) -> int:
        return min(self.amount_minor, entry_minor)


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """`{"type": "fixed_price", "price_minor": 9900}`; what costs less already stays as it is."""

    type: ClassVar[str] = "fixed_price"
    kind: ClassVar[Kind] = Kind.UNIT
    price_minor: int

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(node.integer("price_minor", low=0, high=MAX_MINOR))

    def off_minor(self, entry_minor: int) -> int:
        return max(0, entry_minor - self.price_minor)
