"""The quote of a cart at checkout."""

from uuid import UUID

from app.core.enums.payments import TenderKind
from app.schemas.base import Currency, MinorUnits, Output
from app.schemas.cart.checkout import CheckoutIn
from app.schemas.quotes import QuoteOut


class QuoteCartIn(CheckoutIn):
    """As an order would say it, without agreeing to anything."""


class PreviewTenderOut(Output):
    kind: TenderKind
    amount_minor: MinorUnits
    gift_card_id: UUID | None
    points: int | None
    channel: str | None


class PaymentPreviewOut(Output):
    """What each tender would pay, in the order they pay; `uncovered_minor` none of them does."""

    payable_minor: MinorUnits
    currency: Currency
    tenders: list[PreviewTenderOut]
    uncovered_minor: MinorUnits


class CartQuoteOut(Output):
    cart_id: UUID
    cart_version: int
    quote_hash: str
    quote: QuoteOut
    unknown_codes: list[str]
    payment: PaymentPreviewOut
