"""Facts of parcels."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.services.orders.events import OrderEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShipped(OrderEvent):
    """A parcel has left a warehouse. `line_ids` and `quantities` go together."""

    name: ClassVar[str] = "orders.shipped.v1"

    shipment_id: UUID
    shipment_number: str
    fulfilment_id: UUID
    merchant_id: UUID
    warehouse_id: UUID
    carrier_code: str
    tracking_number: str | None
    line_ids: tuple[UUID, ...]
    quantities: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementShipped(OrderEvent):
    """A parcel that is no sale has left: replacements, or what was repaired (`kind`).

    `cost_minor` is what the pieces cost the shop to buy, as far as that is known. `line_ids`,
    `sku_ids` and `quantities` go together.
    """

    name: ClassVar[str] = "orders.replacement_shipped.v1"

    kind: str
    return_id: UUID
    shipment_id: UUID
    shipment_number: str
    fulfilment_id: UUID
    merchant_id: UUID
    warehouse_id: UUID
    carrier_code: str
    tracking_number: str | None
    currency: str
    cost_minor: int
    line_ids: tuple[UUID, ...]
    sku_ids: tuple[UUID, ...]
    quantities: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementReturned(OrderEvent):
    """A parcel of replacements came back undelivered; its pieces can be sold again.

    `cost_minor` is what they had cost when they left.
    """

    name: ClassVar[str] = "orders.replacement_returned.v1"

    return_id: UUID
    shipment_id: UUID
    shipment_number: str
    merchant_id: UUID
    currency: str
    cost_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentMoved(OrderEvent):
    """A parcel is somewhere else now: under way, delivered, refused, lost, back."""

    name: ClassVar[str] = "orders.shipment_moved.v1"

    shipment_id: UUID
    shipment_number: str
    merchant_id: UUID
    state: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReceived(OrderEvent):
    """Its buyer, or the time since it left, says that everything arrived."""

    name: ClassVar[str] = "orders.received.v1"

    is_automatic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCompleted(OrderEvent):
    """Nothing of it can be returned any more; its goods may be reviewed and settled."""

    name: ClassVar[str] = "orders.completed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewInvited(OrderEvent):
    """Its buyer is asked once what he thinks of the goods that he kept.

    `line_ids`, `sku_ids` and `quantities` go together.
    """

    name: ClassVar[str] = "orders.review_invited.v1"

    line_ids: tuple[UUID, ...]
    sku_ids: tuple[UUID, ...]
    quantities: tuple[int, ...]
