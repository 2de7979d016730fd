"""Fulfilments, parcels and what holds orders, as warehouses, merchants and shoppers see them."""

from collections import Counter
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.core.enums.carriers import LabelState
from app.core.enums.order_marks import OrderFlag
from app.core.enums.orders import FulfilmentKind, FulfilmentStatus
from app.core.enums.shipping import HoldKind, ShipmentState, TrackingSource
from app.schemas.base import (
    Code,
    Currency,
    Id,
    Input,
    MinorUnits,
    Output,
    Quantity,
    SafeStr,
    Version,
)
from app.schemas.kits import ComponentOut
from app.schemas.orders.kept import KeptAddressOut, KeptDelivery
from app.services import orders

TrackingNumber = Annotated[
    str,
    Field(min_length=4, max_length=64, pattern=r"^[A-Za-z0-9-]+$", description="The carrier's."),
]
Reason = Annotated[SafeStr, Field(min_length=1, max_length=200)]


class WaybillIn(Input):
    """Who carries a parcel. `cost_minor` is what the carrier charges, in the order's currency."""

    carrier_code: Code
    service: Code | None = None
    tracking_number: TrackingNumber | None = None
    weight_grams: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    cost_minor: MinorUnits | None = None
    note: Annotated[SafeStr, Field(min_length=1, max_length=500)] | None = None
    estimated_at: AwareDatetime | None = None

    def waybill(self) -> orders.shipping.Waybill:
        return orders.shipping.Waybill(
            **{name: getattr(self, name) for name in WaybillIn.model_fields}
        )


class PiecesIn(Input):
    order_line_id: Id
    quantity: Quantity


def pieces_of(lines: list[PiecesIn] | None) -> dict[UUID, int] | None:
    """Pieces by line: those of one line count together."""
    if lines is None:
        return None
    pieces: Counter[UUID] = Counter()
    for each in lines:
        pieces[each.order_line_id] += each.quantity
    return dict(pieces)


class PackIn(WaybillIn):
    """A parcel. Without `lines` all that is open goes into it."""

    lines: Annotated[list[PiecesIn], Field(min_length=1, max_length=200)] | None = None

    def command(self, fulfilment_id: UUID) -> orders.shipping.PackParcel:
        return orders.shipping.PackParcel(
            fulfilment_id=fulfilment_id, waybill=self.waybill(), pieces=pieces_of(self.lines)
        )


class SplitOffIn(Input):
    """What shall be a fulfilment of its own; without `lines` all that is open.

    With `warehouse_id` it is sent from that warehouse of the same merchant instead.
    """

    lines: Annotated[list[PiecesIn], Field(min_length=1, max_length=200)] | None = None
    warehouse_id: Id | None = None

    def command(self, fulfilment_id: UUID) -> orders.shipping.SplitOff:
        return orders.shipping.SplitOff(
            fulfilment_id=fulfilment_id,
            pieces=pieces_of(self.lines),
            warehouse_id=self.warehouse_id,
        )


class PutTogetherIn(Input):
    fulfilment_id: Id = Field(description="Its open pieces come into this one.")


class NewFulfilmentOut(Output):
    id: UUID


class SightingIn(Input):
    """Where a parcel was seen. Without `state` it is a remark that moves nothing."""

    state: ShipmentState | None = None
    at: AwareDatetime | None = None
    location: Annotated[SafeStr, Field(min_length=1, max_length=200)] | None = None
    description: Annotated[SafeStr, Field(min_length=1, max_length=500)] | None = None

    def sighting(self) -> orders.shipping.Sighting:
        return orders.shipping.Sighting(**self.model_dump())


class TakeInIn(Input):
    """Whether what came back can be sold: then it is on stock again, else among the damaged."""

    is_resellable: bool


class HoldIn(Input):
    reason: Reason


class FulfilmentTaskLineOut(Output):
    """Pieces of a line. `packed` ones are in parcels, `shipped` ones of those have left.

    Of a kit the `components` are picked, for each of its pieces so many.
    """

    order_line_id: UUID
    sku_id: UUID
    sku_code: str
    name: str
    components: list[ComponentOut] | None
    quantity: int
    cancelled: int
    packed: int
    shipped: int


class FulfilmentTaskOut(Output):
    """What is to be shipped, with where it goes. `is_held`: it must not leave for now.

    What is not a `sale` is sent because of a return, and booked as what it cost.
    """

    id: UUID
    number: str
    order_id: UUID
    order_number: str
    merchant_id: UUID
    warehouse_id: UUID
    kind: FulfilmentKind
    status: FulfilmentStatus
    priority: int = Field(description="0 to 1000; the highest comes first.")
    is_held: bool
    picking_at: datetime | None
    paid_at: datetime | None
    created_at: datetime
    address: KeptAddressOut | None
    delivery: KeptDelivery
    note: str | None
    is_gift: bool
    gift_message: str | None = Field(description="To be put into the parcel.")
    hides_prices: bool = Field(description="What is packed must name no price.")
    flag: OrderFlag | None = Field(description="The colour staff gave the order.")
    lines: list[FulfilmentTaskLineOut]


class ShipmentCardOut(Output):
    id: UUID
    number: str
    order_id: UUID
    order_number: str
    fulfilment_id: UUID
    merchant_id: UUID
    warehouse_id: UUID
    state: ShipmentState
    carrier_code: str
    service: str | None
    tracking_number: str | None
    weight_grams: int | None
    cost_minor: MinorUnits | None
    currency: Currency
    estimated_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    version: Version
    joined_to: UUID | None = Field(description="The parcel it travels in, which has the number.")


class ShipmentLineOut(Output):
    order_line_id: UUID
    sku_id: UUID
    quantity: int


class SightingOut(Output):
    at: datetime
    state: ShipmentState | None
    location: str | None
    description: str | None
    source: TrackingSource


class AdminSightingOut(SightingOut):
    actor: str | None


class ShipmentOut(Output):
    """A parcel with what is in it and where it was seen, oldest first.

    `label_state` is that of the label its carrier's system makes; null where none is asked for.
    """

    id: UUID
    number: str
    order_id: UUID
    fulfilment_id: UUID
    merchant_id: UUID
    warehouse_id: UUID
    state: ShipmentState
    carrier_code: str
    service: str | None
    tracking_number: str | None
    weight_grams: int | None
    cost_minor: MinorUnits | None
    currency: Currency
    note: str | None
    label_state: LabelState | None
    estimated_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    version: Version
    joined_to: UUID | None = Field(description="The parcel it travels in, which has the number.")
    lines: list[ShipmentLineOut]
    events: list[AdminSightingOut]


class OrderShipmentOut(Output):
    """A parcel as its receiver follows it. `tracking_url` leads to it at its carrier."""

    number: str
    merchant_id: UUID
    state: ShipmentState
    carrier_code: str
    carrier_name: str
    carrier_name_zh: str
    carrier_phone: str | None
    tracking_number: str | None
    tracking_url: str | None
    estimated_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    lines: list[ShipmentLineOut]
    events: list[SightingOut]


class HoldOut(Output):
    """Why an order must not leave. It is open until `lifted_at`."""

    id: UUID
    order_id: UUID
    kind: HoldKind
    reason: str
    held_by: str
    created_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None


class JoinIn(Input):
    fulfilment_ids: Annotated[list[Id], Field(min_length=1, max_length=20)] = Field(
        description="Of other orders, from the same warehouse to the same receiver."
    )


class AlikeFulfilmentOut(Output):
    id: UUID
    number: str
    order_id: UUID
    order_number: str
    placed_at: datetime


class SuggestionOut(Output):
    """Fulfilments of one receiver that could travel in one parcel."""

    member_id: UUID
    merchant_id: UUID
    warehouse_id: UUID
    address: KeptAddressOut
    fulfilments: list[AlikeFulfilmentOut]


class SuggestionsOut(Output):
    items: list[SuggestionOut]
