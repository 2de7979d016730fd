"""第N件: the last unit of every full group at a discount."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from app.services.promotions.engine.actions.base import Group, Kind, Pile
from app.services.promotions.engine.actions.piles import (
    SPREADS,
    by_sku,
    capped,
    cut,
    units_of,
    with_last_off,
)
from app.services.promotions.engine.reading import Node
from app.services.promotions.engine.scope import Scope


@dataclass(frozen=True, slots=True)
class Nth:
    """`{"type": "nth", "n": 2, "rate_bps": 5000}`: the second piece at half price (第二件半价).

    Units are grouped from the dearest down, so every discounted unit is accompanied by `n - 1` at
    least as dear. Optional: `group_by` (`any`, or `sku` for groups of one SKU), `max_groups`, and
    `spread` (`group`, or `target`).
    """

    type: ClassVar[str] = "nth"
    kind: ClassVar[Kind] = Kind.GROUP
    scopes: ClassVar[tuple[Scope, ...]] = (Scope(),)
    n: int
    rate_bps: int
    group_by: str = "any"
    max_groups: int | None = None
    spread: str = "group"

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(
            node.integer("n", low=1, high=1_000),
            node.integer("rate_bps", high=10_000),
            node.choice("group_by", ("any", "sku"), "any"),
            node.integer_or_none("max_groups"),
            node.choice("spread", SPREADS, "group"),
        )

    def form(self, pools: Sequence[Sequence[Pile]]) -> Iterator[Group]:
        left = self.max_groups
        for piles in self._apart(pools):
            for times, parts in cut(piles, self.n):
                formed = times if left is None else min(times, left)
                if not formed:
                    return
                yield with_last_off(formed, parts, 1, self.rate_bps)
                left = None if left is None else left - formed

    def bounds(self, pools: Sequence[Sequence[Pile]]) -> Iterator[tuple[int, int]]:
        """The last of a group costs no more than any of it, so no more than their mean."""
        for pile in pools[0]:
            yield pile.ref, -(-pile.entry_minor * self.rate_bps // (10_000 * self.n))

    def possible(self, pools: Sequence[Sequence[Pile]]) -> int:
        return capped(
            sum(units_of(piles) // self.n for piles in self._apart(pools)), self.max_groups
        )

    def missing(self, pools: Sequence[Sequence[Pile]], groups: int) -> int:
        return self.n - max((units_of(piles) % self.n for piles in self._apart(pools)), default=0)

    def _apart(self, pools: Sequence[Sequence[Pile]]) -> Sequence[Sequence[Pile]]:
        return by_sku(pools[0]) if self.group_by == "sku" else pools
