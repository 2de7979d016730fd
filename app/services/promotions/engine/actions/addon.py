"""加价购: having bought enough, some goods at a special price."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from app.services.promotions.engine.actions.base import Group, Kind, Part, Pile
from app.services.promotions.engine.actions.piles import units_of
from app.services.promotions.engine.reading import Node
from app.services.promotions.engine.scope import Scope


@dataclass(frozen=True, slots=True)
class AddOn:
    """`{"type": "addon", "price_minor": 990, "max_quantity": 1}`.

    The promotion's scope names the add-on goods; its conditions measure goods of their own scope,
    from which the add-on units are always left out. The dearest units get the price first.
    """

    type: ClassVar[str] = "addon"
    kind: ClassVar[Kind] = Kind.GROUP
    spread: ClassVar[str] = "target"
    scopes: ClassVar[tuple[Scope, ...]] = (Scope(),)
    price_minor: int
    max_quantity: int = 1

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(node.integer("price_minor", low=0), node.integer_or_none("max_quantity") or 1)

    def form(self, pools: Sequence[Sequence[Pile]]) -> Iterator[Group]:
        left = self.max_quantity
        for pile in pools[0]:
            taken = min(left, pile.quantity)
            off = pile.entry_minor - self.price_minor
            if not taken or off <= 0:
                return
            yield Group(taken, (Part(pile, 1, off),), off)
            left -= taken

    def bounds(self, pools: Sequence[Sequence[Pile]]) -> Iterator[tuple[int, int]]:
        for pile in pools[0]:
            yield pile.ref, max(0, pile.entry_minor - self.price_minor)

    def possible(self, pools: Sequence[Sequence[Pile]]) -> int:
        return min(units_of(pools[0]), self.max_quantity)

    def missing(self, pools: Sequence[Sequence[Pile]], groups: int) -> int:
        return groups - units_of(pools[0])
