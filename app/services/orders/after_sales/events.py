"""Facts of returns."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.orders.events import OrderEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnMoved(OrderEvent):
    """A return was asked for, decided, is on its way, is over."""

    name: ClassVar[str] = "orders.return_moved.v1"

    return_id: UUID
    return_number: str
    merchant_id: UUID
    kind: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInspected(OrderEvent):
    """Goods that came back were looked at. The lists go together.

    Who buys from suppliers claims `damaged` and `scrap` pieces from them by this.
    """

    name: ClassVar[str] = "orders.return_inspected.v1"

    return_id: UUID
    return_number: str
    merchant_id: UUID
    warehouse_id: UUID
    reason_code: str
    line_ids: tuple[UUID, ...]
    sku_ids: tuple[UUID, ...]
    resellable: tuple[int, ...]
    damaged: tuple[int, ...]
    scrap: tuple[int, ...]
