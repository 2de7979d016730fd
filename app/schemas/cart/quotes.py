"""The quote of a cart at checkout."""

from uuid import UUID

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


class CartQuoteOut(Output):
    cart_id: UUID
    cart_version: int
    is_group_buy: bool
    quote_hash: str
    quote: QuoteOut
    unknown_codes: list[str]
    exchange_points: int
    exchanges: list[ExchangeLineOut]
    payment: PaymentPreviewOut
