"""A fixed amount off."""

from dataclasses import dataclass
from typing import ClassVar, Self

from app.services.promotions.engine.actions.base import AMOUNT_FAMILIES, Step
from app.services.promotions.engine.reading import Node


@dataclass(frozen=True, slots=True)
class AmountOff:
    """`{"type": "amount_off", "amount_minor": 1000}`."""

    type: ClassVar[str] = "amount_off"
    families: ClassVar[frozenset[str]] = AMOUNT_FAMILIES
    amount_minor: int

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(node.integer("amount_minor"))

    def off_minor(self, base_minor: int, quantity: int) -> int:
        return min(self.amount_minor, base_minor)

    def next_step(self, base_minor: int, quantity: int) -> Step | None:
        return None
