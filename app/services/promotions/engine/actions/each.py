"""An amount off for every full amount of goods."""

from dataclasses import dataclass
from typing import ClassVar, Self

from app.services.promotions.engine.actions.base import Kind, Step
from app.services.promotions.engine.reading import Node
from app.services.promotions.engine.reasons import Gap


@dataclass(frozen=True, slots=True)
class Each:
    """`{"type": "each", "every_minor": 10000, "off_minor": 1500, "max_times": 2}`.

    `off_minor` must not exceed `every_minor`; `max_times` is optional.
    """

    type: ClassVar[str] = "each"
    kind: ClassVar[Kind] = Kind.AMOUNT
    every_minor: int
    each_off_minor: int
    max_times: int | None = None

    @classmethod
    def read(cls, node: Node) -> Self:
        every = node.integer("every_minor")
        return cls(every, node.integer("off_minor", high=every), node.integer_or_none("max_times"))

    def off_minor(self, base_minor: int, quantity: int) -> int:
        return self._times(base_minor) * self.each_off_minor

    def slope_bps(self, low_minor: int, high_minor: int, quantity: int) -> int | None:
        return 0 if self._times(low_minor) == self._times(high_minor) else None

    def next_step(self, base_minor: int, quantity: int) -> Step | None:
        missing = self.every_minor - base_minor % self.every_minor
        off = self.off_minor(base_minor + missing, quantity)
        return (
            Step(Gap(missing_minor=missing), off) if off > self.off_minor(base_minor, 0) else None
        )

    def _times(self, base_minor: int) -> int:
        times = base_minor // self.every_minor
        return times if self.max_times is None else min(times, self.max_times)
