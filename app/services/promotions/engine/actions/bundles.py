"""Bundles: several units together at one price."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from app.services.promotions.engine.actions.base import Group, Kind, Part, Pile, Present
from app.services.promotions.engine.actions.piles import (
    alike,
    capped,
    cut,
    entry_of,
    take,
    units_of,
)
from app.services.promotions.engine.reading import Node
from app.services.promotions.engine.scope import Scope

MOST_PIECES = 1_000


@dataclass(frozen=True, slots=True)
class BundleAny:
    """`{"type": "bundle_n", "n": 3, "price_minor": 9900}`: any three for 99 (N件M元).

    Groups are formed from the dearest unit down; one that costs no more already is not formed.
    `max_groups` is optional.
    """

    type: ClassVar[str] = "bundle_n"
    kind: ClassVar[Kind] = Kind.GROUP
    spread: ClassVar[str] = "group"
    scopes: ClassVar[tuple[Scope, ...]] = (Scope(),)
    n: int
    price_minor: int
    max_groups: int | None = None

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(
            node.integer("n", high=MOST_PIECES),
            node.integer("price_minor", low=0),
            node.integer_or_none("max_groups"),
        )

    def form(self, pools: Sequence[Sequence[Pile]]) -> Iterator[Group]:
        left = self.max_groups
        for times, parts in cut(pools[0], self.n):
            formed = times if left is None else min(times, left)
            off = entry_of(parts) - self.price_minor
            if not formed or off <= 0:
                return
            yield Group(formed, tuple(parts), off)
            left = None if left is None else left - formed

    def bounds(self, pools: Sequence[Sequence[Pile]]) -> Iterator[tuple[int, int]]:
        """Each unit pays an equal part of the price."""
        for pile in pools[0]:
            yield pile.ref, max(0, -((self.price_minor - pile.entry_minor * self.n) // self.n))

    def possible(self, pools: Sequence[Sequence[Pile]]) -> int:
        return capped(units_of(pools[0]) // self.n, self.max_groups)

    def missing(self, pools: Sequence[Sequence[Pile]], groups: int) -> int:
        return groups * self.n - units_of(pools[0])


@dataclass(frozen=True, slots=True)
class BundleFixed:
    """A set of named SKUs at one price (套餐).

    ```json
    {"type": "bundle_fixed", "price_minor": 19900,
     "items": [{"sku_id": "…", "quantity": 1}, {"sku_id": "…", "quantity": 2}]}
    ```

    The dearest units of each SKU are taken first; a bundle without a gain is not formed.
    """

    type: ClassVar[str] = "bundle_fixed"
    kind: ClassVar[Kind] = Kind.GROUP
    spread: ClassVar[str] = "group"
    items: tuple[Present, ...]
    price_minor: int
    max_groups: int | None = None

    @classmethod
    def read(cls, node: Node) -> Self:
        items = tuple(read_pieces(child) for child in node.children("items"))
        if not items or sum(item.quantity for item in items) < 2:  # noqa: PLR2004 - one piece is no set
            raise node.fail("items", "must name two pieces or more")
        if len({item.sku_id for item in items}) != len(items):
            raise node.fail("items", "must name every SKU once")
        return cls(items, node.integer("price_minor", low=0), node.integer_or_none("max_groups"))

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return tuple(Scope(included=(("skus", (item.sku_id,)),)) for item in self.items)

    def form(self, pools: Sequence[Sequence[Pile]]) -> Iterator[Group]:
        most = self.possible(pools)
        number = 0
        while number < most:
            parts: list[Part] = []
            times = most - number
            for piles, item in zip(pools, self.items, strict=True):
                taken = take(piles, item.quantity, skip=number * item.quantity)
                parts += taken
                times = min(times, alike(piles, number * item.quantity, item.quantity))
            off = entry_of(parts) - self.price_minor
            if off <= 0:
                return
            yield Group(times, tuple(parts), off)
            number += times

    def bounds(self, pools: Sequence[Sequence[Pile]]) -> Iterator[tuple[int, int]]:
        """Each unit pays a part of the price in proportion to the dearest of its SKU."""
        dearest = [piles[0].entry_minor if piles else 0 for piles in pools]
        whole = sum(entry * item.quantity for entry, item in zip(dearest, self.items, strict=True))
        for piles, entry in zip(pools, dearest, strict=True):
            for pile in piles:
                pays = self.price_minor * entry // whole if whole else 0
                yield pile.ref, max(0, pile.entry_minor - pays)

    def possible(self, pools: Sequence[Sequence[Pile]]) -> int:
        return capped(
            min(
                units_of(piles) // item.quantity
                for item, piles in zip(self.items, pools, strict=True)
            ),
            self.max_groups,
        )

    def missing(self, pools: Sequence[Sequence[Pile]], groups: int) -> int:
        return sum(
            max(0, groups * item.quantity - units_of(piles))
            for item, piles in zip(self.items, pools, strict=True)
        )


def read_pieces(node: Node) -> Present:
    """Read `{"sku_id": "…", "quantity": 2}`; one piece unless it says otherwise."""
    quantity = node.integer_or_none("quantity", high=MOST_PIECES) or 1
    pieces = Present(node.text("sku_id"), quantity)
    node.close()
    return pieces
