"""What actions have in common."""

from typing import ClassVar, NamedTuple, Protocol, Self

from app.services.promotions.engine.reading import Node
from app.services.promotions.engine.reasons import Gap

AMOUNT_FAMILIES = frozenset({"order", "coupon"})
"""Stage families of actions that take one amount off a base and are rounded once."""


class Step(NamedTuple):
    """The next threshold of an action: what is missing to it and what it then takes off."""

    gap: Gap
    off_minor: int


class AmountAction(Protocol):
    """Takes one amount off a base.

    `off_minor` must not fall when base or quantity grow: the search for the best set relies on it
    (pricing specification 2.5).
    """

    type: ClassVar[str]
    families: ClassVar[frozenset[str]]

    @classmethod
    def read(cls, node: Node) -> Self: ...

    def off_minor(self, base_minor: int, quantity: int) -> int:
        """Return what is taken off goods worth `base_minor` at stage entry, never more."""
        ...

    def next_step(self, base_minor: int, quantity: int) -> Step | None:
        """Return the nearest threshold above, or `None` when more goods open none."""
        ...
