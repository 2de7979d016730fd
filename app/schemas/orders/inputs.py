"""What shoppers and staff ask of orders."""

from typing import Annotated

from pydantic import Field

from app.schemas.base import Code, Id, Input, SafeStr
from app.schemas.cart.checkout import CheckoutIn, Note, QuoteHash, Tenders

Reason = Annotated[SafeStr, Field(min_length=1, max_length=200)]


class PlaceOrderIn(CheckoutIn):
    """An order for what is selected in a cart, at the price the shopper saw."""

    cart_id: Id
    quote_hash: QuoteHash
    note: Note | None = None
    tenders: Tenders
    flash_session_id: Id | None = Field(
        default=None,
        description="The flash session the goods are wanted from. What it no longer has is refused"
        " at once, with its own reasons; without it the order takes its turn like any other.",
    )


class NewPaymentIn(Input):
    """Another try; without `channel` the one that was chosen first."""

    channel: Code | None = None


class CancelIn(Input):
    reason: Reason | None = None


class AdminCancelIn(Input):
    reason: Reason
