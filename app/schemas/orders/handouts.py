"""Goods handed out without money."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.core.enums.handouts import HandoutState
from app.core.enums.orders import FulfilmentStatus, OrderKind, OrderState
from app.core.money import MAX_MINOR
from app.schemas.base import Code, Currency, Id, Input, MinorUnits, Output, Quantity, SafeStr
from app.schemas.cart.checkout import DeliveryAddressIn, Note
from app.services.orders.entry import NewHandout, Recipient

Reason = Annotated[SafeStr, Field(min_length=1, max_length=200)]


class HandoutLineIn(Input):
    sku_id: Id
    quantity: Quantity


class RecipientIn(Input):
    """Who gets what, where."""

    address: DeliveryAddressIn
    note: Note | None = None
    lines: Annotated[list[HandoutLineIn], Field(min_length=1, max_length=50)]


class HandoutIn(Input):
    """What is handed out for nothing, why, and which cost centre bears it.

    Each recipient gets an order. Without a `member_id` those orders are nobody's who could see
    them.
    """

    kind: Literal["sample", "giveaway", "internal"]
    reason: Reason
    cost_centre: Code
    channel: Code | None = Field(default=None, description="The default channel without it.")
    member_id: Id | None = None
    recipients: Annotated[list[RecipientIn], Field(min_length=1, max_length=100)]

    def to_command(self) -> NewHandout:
        return NewHandout(
            kind=OrderKind(self.kind),
            reason=self.reason,
            cost_centre=self.cost_centre,
            channel=self.channel,
            member_id=self.member_id,
            recipients=tuple(
                Recipient(
                    address=each.address.model_dump(),
                    note=each.note,
                    lines=[(line.sku_id, line.quantity) for line in each.lines],
                )
                for each in self.recipients
            ),
        )


class DecisionIn(Input):
    reason: Reason | None = None


class HandoutLineOut(Output):
    sku_id: UUID
    quantity: int


class HandoutOrderOut(Output):
    id: UUID
    number: str
    state: OrderState
    fulfilment_status: FulfilmentStatus


class HandoutProblemOut(Output):
    """Why there is no order yet, as the problem it would have been."""

    type: str
    detail: str


class HandoutRecipientOut(Output):
    """`problem` is what came of placing it just now, if it could not be placed."""

    place: int = Field(description="From 1 on.")
    address: dict[str, Any]
    note: str | None
    lines: list[HandoutLineOut]
    order: HandoutOrderOut | None
    problem: HandoutProblemOut | None


class HandoutHeadOut(Output):
    """`cost_minor` is what the goods cost to buy; of what nobody knows, what they list for."""

    id: UUID
    number: str
    kind: OrderKind
    state: HandoutState
    reason: str
    cost_centre: str
    channel_id: UUID
    member_id: UUID
    currency: Currency
    cost_minor: Annotated[MinorUnits, Field(le=MAX_MINOR * 100)]
    needs_second: bool
    made_by: str
    decided_by: str | None
    decided_at: datetime | None
    decision: str | None
    created_at: datetime
    version: int


class HandoutOut(HandoutHeadOut):
    recipients: list[HandoutRecipientOut]
