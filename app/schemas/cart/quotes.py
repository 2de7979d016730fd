"""The quote of a cart at checkout."""

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict

from app.core.enums.delivery import DeliveryMethod, Refusal
from app.core.enums.inventory import WaitKind
from app.core.enums.payments import FeeBearer, TenderKind
from app.schemas.base import Currency, MinorUnits, Output
from app.schemas.cart.checkout import CheckoutIn
from app.schemas.payments.instalments import InstalmentPlanOut
from app.schemas.payments.method_rules import PointsLimitOut
from app.schemas.quotes import QuoteOut


class QuoteCartIn(CheckoutIn):
    """As an order would say it, without agreeing to anything."""


class PreviewTenderOut(Output):
    """`exchange_points` of a points tender are due in points whatever else pays.

    `plans` are the instalments a gateway's part of this amount may be paid in where it is to be
    paid; `instalments` and `fee_bearer` say what was chosen of them.
    """

    kind: TenderKind
    amount_minor: MinorUnits
    gift_card_id: UUID | None
    points: int | None
    exchange_points: int
    channel: str | None
    instalments: int | None
    fee_bearer: FeeBearer | None
    plans: list[InstalmentPlanOut]


class PaymentPreviewOut(Output):
    """What each tender would pay, in the order they pay; `uncovered_minor` none of them does.

    `missing_points` is how many points the shopper lacks for the goods to be had for points,
    `points_limit` how much points may pay of everything else: the same as when it is ordered.
    """

    payable_minor: MinorUnits
    currency: Currency
    tenders: list[PreviewTenderOut]
    uncovered_minor: MinorUnits
    missing_points: int
    points_limit: PointsLimitOut


class ExchangeLineOut(Output):
    """A line to be had for points: what one of `quantity` pieces costs."""

    line_id: UUID
    offer_id: UUID
    quantity: int
    points: int
    cash_minor: MinorUnits


class DeliveryReasonOut(Output):
    """Why a method cannot be had; further members depend on `code`."""

    model_config = ConfigDict(extra="allow")

    code: Refusal
    merchant_id: UUID | None


class DeliveryOptionOut(Output):
    """A method; one that is not allowed says why.

    `fee_minor` is before promotions, null for what cannot be had. `arrives_on` is when the last of
    it arrives or can be fetched, null where nobody says.
    """

    kind: DeliveryMethod
    is_allowed: bool
    reasons: list[DeliveryReasonOut]
    fee_minor: MinorUnits | None
    arrives_on: date | None


class ParcelItemOut(Output):
    sku_id: UUID
    quantity: int


class WaitingItemOut(Output):
    """Pieces that are still to come, and when they are expected, or are sent from a pre-sale.

    Who waits for them after `last_at` may leave with the money back.
    """

    sku_id: UUID
    quantity: int
    kind: WaitKind
    ships_at: datetime
    last_at: datetime
    allows_partial: bool


class ParcelOut(Output):
    """What one merchant's goods from one warehouse would be, with what is given.

    `waits` is what of its items is sent later, by itself.

    `warehouse_id` is null where too little is in stock now.
    """

    merchant_id: UUID
    warehouse_id: UUID | None
    items: list[ParcelItemOut]
    fee_minor: MinorUnits
    arrives_on: date | None
    waits: list[WaitingItemOut]


class DeliveryPreviewOut(DeliveryOptionOut):
    """The method chosen, all there are, and how the order would be split.

    Fees of parcels sum to the fee of the method.
    """

    options: list[DeliveryOptionOut]
    parcels: list[ParcelOut]


class CartQuoteOut(Output):
    cart_id: UUID
    cart_version: int
    is_group_buy: bool
    quote_hash: str
    quote: QuoteOut
    unknown_codes: list[str]
    exchange_points: int
    exchanges: list[ExchangeLineOut]
    delivery: DeliveryPreviewOut
    payment: PaymentPreviewOut
