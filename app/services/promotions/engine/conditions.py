"""One small class per condition; a new condition is a class and a row in `GATES` or `THRESHOLDS`.

Gates depend on the customer, the channel, the time and the way of paying alone. Thresholds
measure goods: the units of the promotion's scope, or of the condition's own `scope`, that are not
blocked for its stage.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol, Self, runtime_checkable

from app.core.enums.promotions import MOST_ORDERS
from app.services.promotions.engine.context import Context
from app.services.promotions.engine.payment_kinds import PaymentKind
from app.services.promotions.engine.reading import Node
from app.services.promotions.engine.reasons import Gap, Reason, Refusal
from app.services.promotions.engine.scope import Scope
from app.services.promotions.engine.times import TimeOfDay


class Gate(Protocol):
    """A condition known before any price is; one that depends on the time is a `TimedGate`."""

    type: ClassVar[str]

    @classmethod
    def read(cls, node: Node) -> Self: ...

    def refusal(self, context: Context) -> Refusal | None: ...


@runtime_checkable
class TimedGate(Gate, Protocol):
    """A gate that opens and closes by itself: what it says at one instant is good for a while."""

    def next_edge(self, at: datetime) -> datetime:
        """Return the first instant after `at` at which it may open or close."""
        ...


class Threshold(Protocol):
    """A condition on goods. `is_fixed` says that discounts cannot change whether it holds."""

    type: ClassVar[str]

    @property
    def scope(self) -> Scope | None: ...

    @property
    def is_fixed(self) -> bool: ...

    @classmethod
    def read(cls, node: Node) -> Self: ...

    def gap(self, entry_minor: int, list_minor: int, quantity: int) -> Gap:
        """Return what is missing, given the goods of the threshold's scope."""
        ...


@dataclass(frozen=True, slots=True)
class MinAmount:
    """`{"type": "min_amount", "amount_minor": 30000, "on": "entry"|"list", "scope": {…}}`.

    `entry` (default) is what the units cost when the promotion's stage starts, `list` their list
    prices. `scope` defaults to the promotion's.
    """

    type: ClassVar[str] = "min_amount"
    amount_minor: int
    on: str = "entry"
    scope: Scope | None = None

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(
            node.integer("amount_minor"),
            node.choice("on", ("entry", "list"), "entry"),
            _own_scope(node),
        )

    @property
    def is_fixed(self) -> bool:
        return self.on == "list"

    def gap(self, entry_minor: int, list_minor: int, quantity: int) -> Gap:
        measured = list_minor if self.on == "list" else entry_minor
        return Gap(missing_minor=max(0, self.amount_minor - measured))


@dataclass(frozen=True, slots=True)
class MinQuantity:
    """`{"type": "min_quantity", "quantity": 3, "scope": {…}}`; `scope` as for `min_amount`."""

    type: ClassVar[str] = "min_quantity"
    quantity: int
    scope: Scope | None = None
    is_fixed: ClassVar[bool] = True

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(node.integer("quantity"), _own_scope(node))

    def gap(self, entry_minor: int, list_minor: int, quantity: int) -> Gap:
        return Gap(missing_quantity=max(0, self.quantity - quantity))


@dataclass(frozen=True, slots=True)
class CustomerTags:
    """`{"type": "customer_tags", "any": ["vip"], "none": ["staff"]}`: carries any, and none."""

    type: ClassVar[str] = "customer_tags"
    any_of: tuple[str, ...]
    none_of: tuple[str, ...] = ()

    @classmethod
    def read(cls, node: Node) -> Self:
        tags = cls(node.texts("any"), node.texts("none"))
        if not tags.any_of and not tags.none_of:
            raise node.fail("any", "names no tag")
        return tags

    def refusal(self, context: Context) -> Refusal | None:
        tags = context.customer.tags
        if (self.any_of and tags.isdisjoint(self.any_of)) or not tags.isdisjoint(self.none_of):
            return Refusal(Reason.CUSTOMER_NOT_ELIGIBLE, (("condition", self.type),))
        return None


@dataclass(frozen=True, slots=True)
class NthOrder:
    """`{"type": "nth_order", "n": 2}`: this would be the customer's n-th, `n` at most 100."""

    type: ClassVar[str] = "nth_order"
    n: int

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls(node.integer("n", high=MOST_ORDERS))

    def refusal(self, context: Context) -> Refusal | None:
        return _unless_order(self.n, self.type, context)


@dataclass(frozen=True, slots=True)
class FirstOrder:
    """`{"type": "first_order"}`: the customer has not ordered before."""

    type: ClassVar[str] = "first_order"

    @classmethod
    def read(cls, node: Node) -> Self:
        return cls()

    def refusal(self, context: Context) -> Refusal | None:
        return _unless_order(1, self.type, context)


@dataclass(frozen=True, slots=True)
class ChannelIn:
    """`{"type": "channel", "channels": ["…"]}`: bought in one of these channels."""

    type: ClassVar[str] = "channel"
    channels: tuple[str, ...]

    @classmethod
    def read(cls, node: Node) -> Self:
        channels = node.texts("channels")
        if not channels:
            raise node.fail("channels", "names no channel")
        return cls(channels)

    def refusal(self, context: Context) -> Refusal | None:
        return None if context.channel_id in self.channels else Refusal(Reason.CHANNEL)


GATES: dict[str, type[Gate]] = {
    c.type: c for c in (CustomerTags, FirstOrder, NthOrder, ChannelIn, TimeOfDay, PaymentKind)
}
THRESHOLDS: dict[str, type[Threshold]] = {c.type: c for c in (MinAmount, MinQuantity)}


LATE: dict[str, frozenset[str]] = {PaymentKind.type: PaymentKind.families}
"""Conditions known late, with the families of stages that may wait for them."""


def read_conditions(
    node: Node | None, family: str
) -> tuple[tuple[Gate, ...], tuple[Threshold, ...]]:
    """Read `{"all": [condition, …]}` for a stage of `family`; every condition must hold."""
    gates: list[Gate] = []
    thresholds: list[Threshold] = []
    for child in node.children("all") if node else ():
        kind = child.choice("type", (*GATES, *THRESHOLDS))
        if family not in LATE.get(kind, (family,)):
            raise child.fail("type", f"{kind} is no condition of stage {family}")
        if kind in GATES:
            gates.append(GATES[kind].read(child))
        else:
            thresholds.append(THRESHOLDS[kind].read(child))
        child.close()
    if node:
        node.close()
    return tuple(gates), tuple(thresholds)


def _own_scope(node: Node) -> Scope | None:
    child = node.child("scope")
    return Scope.read(child) if child else None


def _unless_order(n: int, condition: str, context: Context) -> Refusal | None:
    if context.customer.id is None:
        return Refusal(Reason.IDENTITY_REQUIRED, (("condition", condition),))
    if context.customer.orders_count != n - 1:
        return Refusal(Reason.CUSTOMER_NOT_ELIGIBLE, (("condition", condition),))
    return None
