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

    `kind` says what for: what an exchange wants is promised by this.
    """

    name: ClassVar[str] = "orders.return_inspected.v1"

    return_id: UUID
    return_number: str
    merchant_id: UUID
    warehouse_id: UUID
    kind: str
    reason_code: str
    line_ids: tuple[UUID, ...]
    sku_ids: tuple[UUID, ...]
    resellable: tuple[int, ...]
    damaged: tuple[int, ...]
    scrap: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierClaim(OrderEvent):
    """Goods came back damaged, or as waste, and whoever looked says that is the supplier's fault.

    The lists go together; a cost is what one piece was bought for, null where nobody said. Who
    buys from suppliers claims that from them, with the pictures in `media`.
    """

    name: ClassVar[str] = "orders.supplier_claim.v1"

    return_id: UUID
    return_number: str
    merchant_id: UUID
    warehouse_id: UUID
    reason_code: str
    reason: str
    currency: str
    media: tuple[str, ...]
    sku_ids: tuple[UUID, ...]
    damaged: tuple[int, ...]
    scrap: tuple[int, ...]
    unit_costs_minor: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced(OrderEvent):
    """All that a return sends has left; `back_minor` is what goods cost that can be sold again."""

    name: ClassVar[str] = "orders.replaced.v1"

    return_id: UUID
    return_number: str
    merchant_id: UUID
    kind: str
    currency: str
    back_minor: int
