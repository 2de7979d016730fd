"""Group orders: one buyer, many recipients."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, JsonValue

from app.core.enums.group_orders import GroupPayment, GroupRowState
from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus
from app.schemas.base import Code, Input, MinorUnits, Name, Output, SafeStr, Version
from app.schemas.cart.checkout import InvoiceIn, KeptInvoiceIn
from app.schemas.orders.intake import IntakeProblemOut
from app.services import orders

Cell = Annotated[SafeStr, Field(max_length=2_000)]
Words = Annotated[SafeStr, Field(min_length=1, max_length=200)]


class GroupPriceIn(Input):
    """What the contract says a piece costs, taxed as list prices are."""

    sku: Code
    price_minor: MinorUnits


class GroupOrderIn(Input):
    """`contract` and `reason` explain the agreed prices wherever those are shown."""

    member_id: UUID
    channel_id: UUID
    title: Name
    contract: Annotated[SafeStr, Field(min_length=1, max_length=100)]
    reason: Words
    payment: GroupPayment
    prices: Annotated[list[GroupPriceIn], Field(max_length=500)] = Field(
        default=[], description="Other goods cost what the price lists say to this buyer."
    )
    invoice: InvoiceIn | KeptInvoiceIn | None = None

    def draft(self) -> orders.group_orders.DraftGroup:
        return orders.group_orders.DraftGroup(
            member_id=self.member_id,
            channel_id=self.channel_id,
            title=self.title,
            contract=self.contract,
            reason=self.reason,
            payment=self.payment,
            prices={each.sku: each.price_minor for each in self.prices},
            invoice=None if self.invoice is None else self.invoice.model_dump(),
        )


class GroupPlaceIn(Input):
    positions: Annotated[list[int], Field(min_length=1, max_length=10_000)] | None = Field(
        default=None, description="Rows by their number in the sheet; null: all that can be."
    )
    needs_all: bool = Field(
        default=False, description="Place none while there is too little stock for all of them."
    )


class GroupCancelIn(Input):
    reason: Words


class GroupRowIn(Input):
    """A row as its sheet says it; `goods` as `TEE-black-m*2; CAP-red`."""

    recipient: Cell
    phone: Cell
    province: Cell
    city: Cell
    district: Cell = ""
    street: Cell
    postal_code: Cell = ""
    goods: Cell
    note: Cell = ""


class GroupOrderOut(Output):
    """`rows` counts them by state. `placed_minor` is what orders that stand cost.

    Of that `paid_minor` has been paid, and `due_minor` is waited for.
    """

    id: UUID
    created_at: datetime
    updated_at: datetime
    number: str
    member_id: UUID
    channel: str
    currency: str
    title: str
    contract: str
    reason: str
    payment: GroupPayment
    prices: dict[str, int]
    invoice: dict[str, JsonValue] | None
    sha256: str | None
    created_by: str
    rows: dict[GroupRowState, int]
    placed_minor: int
    paid_minor: int
    due_minor: int
    version: Version


class GroupFaultOut(Output):
    """`cell` as the sheet calls it; empty for a row that was edited here."""

    column: str
    cell: str
    code: str
    reason: str


class GroupRowOut(Output):
    position: int
    state: GroupRowState
    content: dict[str, JsonValue]
    faults: list[GroupFaultOut]
    problem: IntakeProblemOut | None
    order_id: UUID | None
    order_number: str | None
    order_state: OrderState | None
    payment_status: PaymentStatus | None
    fulfilment_status: FulfilmentStatus | None
    payable_minor: int | None
    tracking_numbers: list[str]


class GroupRowsOut(Output):
    """`next_after` is the number of the last row; null at the end."""

    items: list[GroupRowOut]
    next_after: int | None

    @classmethod
    def of(cls, rows: list[GroupRowOut], limit: int) -> Self:
        more = len(rows) > limit
        return cls(items=rows[:limit], next_after=rows[limit - 1].position if more else None)
