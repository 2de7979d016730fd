"""What may be taken off the shipping fee."""

from dataclasses import dataclass
from typing import ClassVar, Self

from app.core.money import share_bps
from app.services.promotions.engine.actions.base import Kind, Step
from app.services.promotions.engine.reading import Node


class _Fee:
    """No goods bring the fee to another threshold; conditions do that."""

    __slots__ = ()
    kind: ClassVar[Kind] = Kind.FEE

    def slope_bps(self, low_minor: int, high_minor: int, quantity: int) -> int | None:
        return 0

    def next_step(self, base_minor: int, quantity: int) -> Step | None:
        return None


@dataclass(frozen=True, slots=True)
class ShipFree(_Fee):
    """`{"type": "ship_free"}`."""

    type: ClassVar[str] = "ship_free"

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls()

    def off_minor(self, base_minor: int, quantity: int) -> int:
        return base_minor


@dataclass(frozen=True, slots=True)
class ShipOff(_Fee):
    """`{"type": "ship_off", "amount_minor": 800}`, never more than the fee."""

    type: ClassVar[str] = "ship_off"
    amount_minor: int

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(node.integer("amount_minor"))

    def off_minor(self, base_minor: int, quantity: int) -> int:
        return min(self.amount_minor, base_minor)


@dataclass(frozen=True, slots=True)
class ShipPercent(_Fee):
    """`{"type": "ship_percent", "rate_bps": 5000, "cap_minor": 1000}`; the cap is optional."""

    type: ClassVar[str] = "ship_percent"
    rate_bps: int
    cap_minor: int | None = None

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(node.integer("rate_bps", high=10_000), node.integer_or_none("cap_minor"))

    def off_minor(self, base_minor: int, quantity: int) -> int:
        off = share_bps(base_minor, self.rate_bps)
        return off if self.cap_minor is None else min(off, self.cap_minor)
