"""Orders that staff enter for members, and links to pay them by."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.core.enums.payments import BY_HAND, TenderKind
from app.schemas.base import Code, Currency, Id, Input, MinorUnits, Output, Quantity, SafeStr
from app.schemas.cart.carts import CartHeadOut, CartLineOut, Options
from app.schemas.cart.checkout import CheckoutIn, Note, QuoteHash
from app.schemas.orders.inputs import NewPaymentIn
from app.schemas.orders.marks import MarksIn
from app.schemas.orders.payments import OpenAttemptOut
from app.services import cart

Reason = Annotated[SafeStr, Field(min_length=1, max_length=200)]
Token = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$"),
    Field(description="What the link ends in."),
]
_OUTSIDE = frozenset({TenderKind.GATEWAY, *BY_HAND})


class OpenEntryCartIn(Input):
    member_id: Id
    channel: Code | None = Field(default=None, description="The default channel without it.")


class EntryCartIdOut(Output):
    id: UUID
    member_id: UUID


class EntryLineIn(Input):
    """A SKU by its id, or by its code and, where merchants share it, the merchant's code."""

    sku_id: Id | None = None
    sku_code: Code | None = None
    merchant: Code | None = None
    quantity: Quantity
    options: Options = {}
    note: Note | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.sku_id is None) == (self.sku_code is None):
            raise ValueError("name the SKU by sku_id or by sku_code")
        return self

    def to_command(self) -> cart.AddLine:
        return cart.AddLine(**self.model_dump())


class LinePriceIn(Input):
    """What one piece costs instead, as list prices are taxed, and why."""

    price_minor: MinorUnits
    reason: Reason


class LinePriceOut(Output):
    """`source` agreed on it; with `needs_approval` somebody else has to become `approver`."""

    price_minor: MinorUnits
    reason: str
    source: str
    approver: str | None
    needs_approval: bool


class EntryLineOut(CartLineOut):
    agreed: LinePriceOut | None


class EntryCartOut(CartHeadOut):
    """The cart of a member as staff fill it."""

    member_id: UUID
    lines: list[EntryLineOut]


class PlaceEntryIn(CheckoutIn, MarksIn):
    """The order of a member, at the price of the quote they were told.

    What the member has here, points, cards and balance, is theirs to spend: it is paid through a
    gateway, by bank transfer or to who brings it.
    """

    quote_hash: QuoteHash
    note: Note | None = None
    pays_within_seconds: Annotated[int, Field(ge=60, le=30 * 86_400)] | None = Field(
        default=None, description="How long it waits for its money; a day unless it says so."
    )

    @model_validator(mode="after")
    def _is_paid_from_outside(self) -> Self:
        kinds = {TenderKind(each.kind) for each in self.tenders}
        if not kinds <= _OUTSIDE:
            raise ValueError("the member pays from what they have here, not you")
        if self.hides_prices and TenderKind.CASH_ON_DELIVERY in kinds:
            raise ValueError("what is paid at the door cannot hide its price")
        return self


class NewLinkIn(Input):
    seconds: Annotated[int, Field(ge=60, le=30 * 86_400)] | None = Field(
        default=None, description="How long it can be opened, as long as the order waits at most."
    )


class NewLinkOut(Output):
    """`token` is told this once; what is kept is its digest."""

    id: UUID
    token: str
    expires_at: datetime


class PaymentLinkOut(Output):
    id: UUID
    created_at: datetime
    expires_at: datetime
    made_by: str
    revoked_at: datetime | None
    revoked_by: str | None


class PaymentLinksOut(Output):
    items: list[PaymentLinkOut]


class OpenLinkIn(Input):
    token: Token


class PayLinkIn(NewPaymentIn):
    token: Token


class BillItemOut(Output):
    """`net_minor` is of all its pieces."""

    name: str
    sku_code: str
    quantity: int
    net_minor: MinorUnits
    is_gift: bool


class BillOut(Output):
    """What is to be paid: `due_minor` of `payable_minor`, through one of `channels`."""

    number: str
    currency: Currency
    payable_minor: MinorUnits
    shipping_minor: MinorUnits
    tax_minor: MinorUnits
    due_minor: MinorUnits
    expires_at: datetime
    items: list[BillItemOut]
    channels: list[str]


class LinkPaymentOut(Output):
    """`attempt.action` is what the client needs in order to pay."""

    due_minor: MinorUnits
    attempt: OpenAttemptOut | None
