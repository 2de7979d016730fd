"""What actions have in common: five kinds of effect, each with its own protocol."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import ClassVar, NamedTuple, Protocol, Self

from app.services.promotions.engine.reading import Node
from app.services.promotions.engine.reasons import Gap
from app.services.promotions.engine.scope import Scope


class Kind(Enum):
    """How an action takes effect, and with that how a stage applies it."""

    UNIT = "unit"
    """Something off every unit, rounded per unit (item stages)."""
    GROUP = "group"
    """Something off groups of units that qualify together (item stages)."""
    AMOUNT = "amount"
    """One amount off a base of goods, rounded once (order and coupon stages)."""
    GIFT = "gift"
    """Goods for nothing (order and coupon stages)."""
    FEE = "fee"
    """One amount off the shipping fee (shipping stages)."""


UNIT, GROUP, AMOUNT, GIFT, FEE = Kind
"""The kinds by name. Asking the class for one takes ten times as long, and quotes ask often."""

FAMILIES = {
    Kind.UNIT: frozenset({"item"}),
    Kind.GROUP: frozenset({"item"}),
    Kind.AMOUNT: frozenset({"order", "coupon"}),
    Kind.GIFT: frozenset({"order", "coupon"}),
    Kind.FEE: frozenset({"shipping"}),
}
"""Families of the stages each kind is allowed in (pricing specification 2.2)."""


class Step(NamedTuple):
    """The next threshold of an action: what is missing to it and what it then takes off."""

    gap: Gap
    off_minor: int


class Action(Protocol):
    """Every action says what it is called in a configuration and how it takes effect.

    What an action takes off must not fall when prices rise or units are added: the search for the
    best set relies on it (pricing specification 2.5).
    """

    type: ClassVar[str]
    kind: ClassVar[Kind]

    @classmethod
    def read(cls, node: Node) -> Self: ...


class AmountAction(Action, Protocol):
    """Takes one amount off a base: goods at stage entry, or the shipping fee."""

    def off_minor(self, base_minor: int, quantity: int) -> int:
        """Return what is taken off `base_minor`, never more."""
        ...

    def slope_bps(self, low_minor: int, high_minor: int, quantity: int) -> int | None:
        """Return by how much of a cent the discount falls, at most, when the base falls by one.

        `None` where a step lies between the two bases.
        """
        ...

    def next_step(self, base_minor: int, quantity: int) -> Step | None:
        """Return the nearest threshold above, or `None` when more goods open none."""
        ...


class UnitAction(Action, Protocol):
    """Takes something off each unit by itself."""

    def off_minor(self, entry_minor: int) -> int:
        """Return what is taken off a unit of `entry_minor`, never more."""
        ...


class Pile(NamedTuple):
    """`quantity` units alike at `entry_minor` each; `ref` is the caller's name for them."""

    ref: int
    quantity: int
    entry_minor: int
    sku_id: str


class Part(NamedTuple):
    """`count` units of a pile in one group; `off_minor` is what each of them is discounted by."""

    pile: Pile
    count: int  # type: ignore[assignment]  # tuple.count is of no use here
    off_minor: int = 0


class Group(NamedTuple):
    """`times` groups of like units that qualify together; `off_minor` is off each group.

    The parts' own discounts make up `off_minor`, or are all zero where only the whole is priced.
    """

    times: int
    parts: tuple[Part, ...]
    off_minor: int


class GroupAction(Action, Protocol):
    """Forms groups of units; always as many as it can."""

    spread: str

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Scopes of the pools beside or instead of the promotion's own (`Scope()`)."""
        ...

    def form(self, pools: Sequence[Sequence[Pile]]) -> Iterable[Group]:
        """Return the groups; `pools` belong to `scopes`, each dearest first."""
        ...

    def bounds(self, pools: Sequence[Sequence[Pile]]) -> Iterable[tuple[int, int]]:
        """Return `(ref, most)` for the piles: no group saves more than its units' parts.

        A part is what one unit can at most contribute to the discount of any group it is in.
        """
        ...

    def possible(self, pools: Sequence[Sequence[Pile]]) -> int:
        """Return how many groups the units suffice for, whatever they cost."""
        ...

    def missing(self, pools: Sequence[Sequence[Pile]], groups: int) -> int:
        """Return how many units are missing to so many groups, at least one more than possible."""
        ...


class Present(NamedTuple):
    """`quantity` pieces of a SKU for nothing."""

    sku_id: str
    quantity: int


class GiftAction(Action, Protocol):
    """Gives goods; of several presents the shopper gets one."""

    presents: tuple[Present, ...]
