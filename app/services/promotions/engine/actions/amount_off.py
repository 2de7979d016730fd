"""A fixed amount off."""

from dataclasses import dataclass
from typing import ClassVar, Self

from app.services.promotions.engine.actions.base import Kind, Step
from app.services.promotions.engine.reading import Node


@dataclass(frozen=True, slots=True)
class AmountOff:
    """`{"type": "amount_off", "amount_minor": 1000}`."""

    type: ClassVar[str] = "amount_off"
    kind: ClassVar[Kind] = Kind.AMOUNT
    amount_minor: int

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(node.integer("amount_minor"))

    def off_minor(self, base_minor: int, quantity: int) -> int:
        return min(self.amount_minor, base_minor)

    def slope_bps(self, low_minor: int, high_minor: int, quantity: int) -> int | None:
        return 0 if low_minor >= self.amount_minor else None

    def next_step(self, base_minor: int, quantity: int) -> Step | None:
        return None
