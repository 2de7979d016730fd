"""买X送Y: with every so many bought, so many at a discount or for nothing."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from app.services.promotions.engine.actions.base import Group, Kind, Pile
from app.services.promotions.engine.actions.piles import (
    SPREADS,
    alike,
    capped,
    cut,
    discount_last,
    off_of,
    take,
    units_of,
    with_last_off,
)
from app.services.promotions.engine.reading import Node
from app.services.promotions.engine.scope import Scope


@dataclass(frozen=True, slots=True)
class BuyGet:
    """`{"type": "bxgy", "buy": 2, "get": 1, "rate_bps": 10000, "get_scope": {…}}`.

    10000 (the default) is for nothing. Groups of `buy + get` are formed from the dearest unit
    down, and the last `get` are discounted. With `get_scope` the promotion's scope is what is
    bought; of the other goods the cheapest are discounted. `max_groups` and `spread` as for
    `nth`.
    """

    type: ClassVar[str] = "bxgy"
    kind: ClassVar[Kind] = Kind.GROUP
    buy: int
    get: int
    rate_bps: int = 10_000
    get_scope: Scope | None = None
    max_groups: int | None = None
    spread: str = "group"

    @classmethod
    def read(cls, node: Node) -> Self:
        scope = node.child("get_scope")
        return cls(
            node.integer("buy", high=1_000),
            node.integer("get", high=1_000),
            node.integer_or_none("rate_bps", high=10_000) or 10_000,
            Scope.read(scope) if scope else None,
            node.integer_or_none("max_groups"),
            node.choice("spread", SPREADS, "group"),
        )

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return (Scope(),) if self.get_scope is None else (Scope(), self.get_scope)

    def form(self, pools: Sequence[Sequence[Pile]]) -> Iterator[Group]:
        if self.get_scope is not None:
            yield from self._form_apart(*pools)
            return
        left = self.max_groups
        for times, parts in cut(pools[0], self.buy + self.get):
            formed = times if left is None else min(times, left)
            if not formed:
                return
            yield with_last_off(formed, parts, self.get, self.rate_bps)
            left = None if left is None else left - formed

    def bounds(self, pools: Sequence[Sequence[Pile]]) -> Iterator[tuple[int, int]]:
        """The last of a group cost no more than its mean; one more cent where each is rounded."""
        given, whole = pools[-1], 10_000
        rate = self.rate_bps
        if self.get_scope is None:
            rate, whole = rate * self.get, whole * (self.buy + self.get)
        for pile in given:
            yield pile.ref, -(-pile.entry_minor * rate // whole) + 1

    def possible(self, pools: Sequence[Sequence[Pile]]) -> int:
        if self.get_scope is not None:
            return self._groups(*pools)
        return capped(units_of(pools[0]) // (self.buy + self.get), self.max_groups)

    def missing(self, pools: Sequence[Sequence[Pile]], groups: int) -> int:
        if self.get_scope is None:
            return groups * (self.buy + self.get) - units_of(pools[0])
        bought, given = pools
        left = units_of(bought) - _shared(bought, given, groups * self.get)
        return max(0, groups * self.buy - left) + max(0, groups * self.get - units_of(given))

    def _form_apart(self, bought: Sequence[Pile], given: Sequence[Pile]) -> Iterator[Group]:
        """Pair the dearest bought with the cheapest given; a unit of both pools is given first."""
        groups = self._groups(bought, given)
        cheapest = take(given[::-1], groups * self.get)
        used = {part.pile.ref: part.count for part in cheapest}
        free = [
            pile._replace(quantity=left)
            for pile in bought
            if (left := pile.quantity - used.get(pile.ref, 0))
        ]
        targets = [part.pile._replace(quantity=part.count) for part in reversed(cheapest)]
        number = 0
        while number < groups:
            starts = number * self.buy, number * self.get
            companions = take(free, self.buy, skip=starts[0])
            gotten = take(targets, self.get, skip=starts[1])
            parts = (*companions, *discount_last(gotten, self.get, self.rate_bps))
            times = min(
                groups - number,
                alike(free, starts[0], self.buy),
                alike(targets, starts[1], self.get),
            )
            yield Group(times, parts, off_of(parts))
            number += times

    def _groups(self, bought: Sequence[Pile], given: Sequence[Pile]) -> int:
        """Return the most groups for which enough is bought besides what is given."""
        most = min(units_of(bought) // self.buy, units_of(given) // self.get)
        most = capped(most, self.max_groups)

        def lacks(groups: int) -> bool:
            left = units_of(bought) - _shared(bought, given, groups * self.get)
            return left < groups * self.buy

        return bisect_left(range(1, most + 1), True, key=lacks)


def _shared(bought: Sequence[Pile], given: Sequence[Pile], quantity: int) -> int:
    """Return how many of the `quantity` cheapest given units are in the other pool as well."""
    refs = {pile.ref for pile in bought}
    given_away = take(given[::-1], quantity)
    return sum(part.count for part in given_away if part.pile.ref in refs)
