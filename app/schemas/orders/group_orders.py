"""Group orders: one buyer, many recipients."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, JsonValue

from app.core.enums.group_orders import (
    GroupPayment,
    GroupRowState,
    GroupTransferState,
    TransferKind,
)
from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus
from app.core.money import MAX_MINOR
from app.schemas.base import MAX_INT32, Code, Input, MinorUnits, Name, Output, SafeStr, Version
from app.schemas.cart.checkout import InvoiceIn, KeptInvoiceIn
from app.schemas.orders.intake import IntakeProblemOut
from app.schemas.orders.kept import OrderInvoiceOut
from app.services import orders

Cell = Annotated[SafeStr, Field(max_length=2_000)]
Words = Annotated[SafeStr, Field(min_length=1, max_length=200)]
Position = Annotated[int, Field(ge=1, le=MAX_INT32)]


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
    rows_below_bps: Annotated[int, Field(ge=0, le=10_000)] = Field(
        default=0,
        description="How far rows may name prices below the contract's, or below list prices "
        "where it has none. As far as staff may go alone at most.",
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
            rows_below_bps=self.rows_below_bps,
            invoice=None if self.invoice is None else self.invoice.model_dump(),
        )


class GroupPlaceIn(Input):
    positions: Annotated[list[Position], Field(min_length=1, max_length=10_000)] | None = Field(
        default=None, description="Rows by their number in the sheet; null: all that can be."
    )
    needs_all: bool = Field(
        default=False, description="Place none while there is too little stock for all of them."
    )


class GroupHoldIn(Input):
    positions: Annotated[list[Position], Field(min_length=1, max_length=10_000)] | None = Field(
        default=None, description="Rows by their number in the sheet; null: all that can be placed."
    )
    seconds: Annotated[int, Field(ge=60, le=orders.group_orders.LONGEST_SECONDS)] = 86_400


class GroupCancelIn(Input):
    reason: Words


class GroupRowIn(Input):
    """A row as its sheet says it; `goods` as `TEE-black-m*2; CAP-red@75.50`."""

    recipient: Cell
    phone: Cell
    province: Cell
    city: Cell
    district: Cell = ""
    street: Cell
    postal_code: Cell = ""
    goods: Cell
    note: Cell = ""


class GroupPlacingOut(Output):
    """How far the worker is with the rows it was last asked to place; `done` includes failed ones.

    `last_at` is when it placed, or refused, the last one.
    """

    asked_at: datetime | None
    left: int
    done: int
    last_at: datetime | None


class GroupOrderOut(Output):
    """`rows` counts them by state. `placed_minor` is what orders that stand cost.

    Of that `paid_minor` has been paid, and `due_minor` is waited for. `deposit_minor` came by
    transfer and pays no order yet. Goods of `held` rows are kept
    from everybody else until `held_until`.
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
    rows_below_bps: int
    invoice: OrderInvoiceOut | None
    sha256: str | None
    created_by: str
    rows: dict[GroupRowState, int]
    placing: GroupPlacingOut
    held: int
    held_until: datetime | None
    placed_minor: int
    paid_minor: int
    due_minor: int
    deposit_minor: int
    version: Version


class GroupTransferIn(Input):
    """Money that came for the group, or went back to its company. `reference` is the bank's."""

    kind: TransferKind = TransferKind.RECEIVED
    amount_minor: Annotated[int, Field(ge=1, le=MAX_MINOR)]
    reference: Annotated[SafeStr, Field(min_length=1, max_length=128)]


class GroupTransferOut(Output):
    id: UUID
    created_at: datetime
    updated_at: datetime
    group_id: UUID
    kind: TransferKind
    amount_minor: int
    reference: str
    state: GroupTransferState
    reason: str | None
    recorded_by: str
    settled_by: str | None
    settled_at: datetime | None
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
    is_held: bool
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
