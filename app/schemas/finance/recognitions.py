"""Shapes of recognised revenue."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.base import Code, Input, Output, Quantity
from app.services.finance import Recognise


class ShippedUnitsIn(Input):
    line_id: UUID
    quantity: Quantity


class RecogniseIn(Input):
    """A shipment. Without `units` everything that is left of the order has left."""

    reference: Code = Field(description="Names the shipment; taken once.", examples=["SH-1042"])
    units: Annotated[list[ShippedUnitsIn], Field(min_length=1, max_length=200)] | None = None
    has_shipping: bool = Field(
        default=True, description="False: the shipping fee becomes revenue with a later shipment."
    )

    def command(self, order_id: UUID) -> Recognise:
        wanted: dict[UUID, int] | None = None
        if self.units is not None:
            wanted = {}
            for each in self.units:
                wanted[each.line_id] = wanted.get(each.line_id, 0) + each.quantity
        return Recognise(
            order_id=order_id,
            reference=self.reference,
            units=wanted,
            has_shipping=self.has_shipping,
        )


class RecognitionOut(Output):
    """What of an order became revenue with one shipment."""

    id: UUID
    order_id: UUID
    reference: str
    currency: str
    prepaid_minor: int = Field(description="Of it, paid in advance by the shopper.")
    funded_minor: int = Field(description="Of it, owed by platform or suppliers.")
    goods_minor: int = Field(description="Revenue from goods, without tax.")
    shipping_minor: int = Field(description="Revenue from shipping, without tax.")
    tax_minor: int
    has_shipping: bool
    created_at: datetime


class RecognitionsOut(Output):
    items: list[RecognitionOut]
