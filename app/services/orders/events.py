"""Facts the orders domain publishes."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from app.core.enums.orders import OrderKind
from app.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent(Event):
    """What every fact of an order says; `number` is what people call it."""

    order_id: UUID
    number: str
    member_id: UUID
    channel_id: UUID

    @property
    @override
    def ordering_key(self) -> str:
        return f"order:{self.order_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(OrderEvent):
    """Stock is reserved and the price frozen; `payable_minor` is due until the order expires."""

    name: ClassVar[str] = "orders.placed.v1"

    payable_minor: int
    currency: str
    kind: OrderKind = OrderKind.SALE


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(OrderEvent):
    name: ClassVar[str] = "orders.paid.v1"

    payable_minor: int
    currency: str
    kind: OrderKind = OrderKind.SALE


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(OrderEvent):
    """The purchase fell through. When it `was_paid`, the money is on its way back."""

    name: ClassVar[str] = "orders.cancelled.v1"

    reason: str
    was_paid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefunded(OrderEvent):
    """Money has arrived back; `payment_status` says whether all of it."""

    name: ClassVar[str] = "orders.refunded.v1"

    payment_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEnds(OrderEvent):
    """Goods have not come, and after `last_at` nobody has to wait for them; told once."""

    name: ClassVar[str] = "orders.waiting_ends.v1"

    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingOver(OrderEvent):
    """Goods did not come in time; `may_leave` if the shopper may have the money back alone."""

    name: ClassVar[str] = "orders.waiting_over.v1"

    may_leave: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLost(OrderEvent):
    """A payment came so late that the goods had been sold: it has to go back."""

    name: ClassVar[str] = "orders.stock_lost.v1"
