"""A share of the goods off."""

from dataclasses import dataclass
from typing import ClassVar, Self

from app.core.money import share_bps
from app.services.promotions.engine.actions.base import Kind, Step
from app.services.promotions.engine.reading import Node


@dataclass(frozen=True, slots=True)
class PercentOff:
    """`{"type": "percent_off", "rate_bps": 1000, "cap_minor": 800}`.

    1000 is 10 %, rounded half up once for all goods. `cap_minor` is optional.
    """

    type: ClassVar[str] = "percent_off"
    kind: ClassVar[Kind] = Kind.AMOUNT
    rate_bps: int
    cap_minor: int | None = None

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(node.integer("rate_bps", high=10_000), node.integer_or_none("cap_minor"))

    def off_minor(self, base_minor: int, quantity: int) -> int:
        off = share_bps(base_minor, self.rate_bps)
        return off if self.cap_minor is None else min(off, self.cap_minor)

    def slope_bps(self, low_minor: int, high_minor: int, quantity: int) -> int | None:
        return self.rate_bps

    def next_step(self, base_minor: int, quantity: int) -> Step | None:
        return None
