"""Payment vocabulary."""

from enum import StrEnum


class TenderKind(StrEnum):
    """Means of payment, in the order in which they pay."""

    GIFT_CARD = "gift_card"
    POINTS = "points"
    BALANCE = "balance"
    GATEWAY = "gateway"
    CASH_ON_DELIVERY = "cash_on_delivery"
    BANK_TRANSFER = "bank_transfer"
    MARKETPLACE = "marketplace"


OWN_KINDS = frozenset({TenderKind.GIFT_CARD, TenderKind.POINTS, TenderKind.BALANCE})
"""What members have with us: held when they order. Exactly one other kind pays the rest."""
BY_HAND = frozenset({TenderKind.CASH_ON_DELIVERY, TenderKind.BANK_TRANSFER})
"""Paid to people or to a bank account: what came in is recorded by one and confirmed by another."""


class MethodEffect(StrEnum):
    """A rule refuses a way to pay where its conditions hold, or allows it only there.

    One that sets a limit says how much of each of the goods it names points may pay.
    """

    REFUSE = "refuse"
    ONLY = "only"
    LIMIT = "limit"


class Scene(StrEnum):
    """Where the shopper pays.

    In a browser on a computer (`page`) or on a telephone (`wap`), in a mobile app, in the
    gateway's own app as a mini-program or in its browser (`jsapi`), or by a QR code that is shown
    to be read with the gateway's app.
    """

    PAGE = "page"
    WAP = "wap"
    APP = "app"
    MINI_PROGRAM = "mini_program"
    JSAPI = "jsapi"
    QR = "qr"


class FeeBearer(StrEnum):
    """Who pays the fee of instalments at the gateway."""

    PAYER = "payer"
    SELLER = "seller"


class PlanState(StrEnum):
    NEW = "new"
    AWAITING = "awaiting"
    CLOSING = "closing"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    CLOSED = "closed"
    HOLD_FAILED = "hold_failed"


class TenderState(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CAPTURED = "captured"
    RELEASED = "released"


class AttemptState(StrEnum):
    """A lattice with `succeeded` on top: no notice ever moves an attempt down from it."""

    CREATED = "created"
    PENDING = "pending"
    FAILED = "failed"
    CLOSED = "closed"
    SUCCEEDED = "succeeded"


class RefundState(StrEnum):
    """Of a refund and of its parts. What is `waiting` for a second person has not been decided.

    A part `failed` when its gateway says so for good: the money stays owed until people act.
    """

    WAITING = "waiting"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class RefundPolicy(StrEnum):
    """Where money goes back to; an order keeps what held when it was placed."""

    ATTRIBUTED = "attributed"
    REVERSE_ORDER = "reverse_order"
    PROPORTIONAL = "proportional"


class RefundKind(StrEnum):
    """What a refund is of. `postage`: of nothing that was paid, but of what sending back cost."""

    EVERYTHING = "everything"
    UNITS = "units"
    AMOUNT = "amount"
    SHIPPING = "shipping"
    CHARGEBACK = "chargeback"
    POSTAGE = "postage"


class RefundReason(StrEnum):
    """Why money goes back. The shop answers for some: then the shipping fee comes too."""

    CANCELLED = "cancelled"
    CHANGED_MIND = "changed_mind"
    NOT_DELIVERED = "not_delivered"
    LATE = "late"
    DEFECTIVE = "defective"
    WRONG_ITEM = "wrong_item"
    OUT_OF_STOCK = "out_of_stock"
    PRICE_PROTECTION = "price_protection"
    GOODWILL = "goodwill"
    CHARGEBACK = "chargeback"
    OTHER = "other"


AT_FAULT = frozenset(
    {
        RefundReason.NOT_DELIVERED,
        RefundReason.LATE,
        RefundReason.DEFECTIVE,
        RefundReason.WRONG_ITEM,
        RefundReason.OUT_OF_STOCK,
    }
)
"""Reasons a shop answers for unless it says otherwise: it returns the fee of what has left."""


class Valuation(StrEnum):
    """How units are valued: as their promotions say, at what they cost, or by what is kept."""

    AS_PROMOTED = "as_promoted"
    PRORATA = "prorata"
    REPRICE = "reprice"


class GiftChoice(StrEnum):
    """What becomes of gifts that are no longer earned: they come along, or their value is kept."""

    RETURN_GIFT = "return_gift"
    DEDUCT = "deduct"


class PointsShortfall(StrEnum):
    """What becomes of earned points that are spent already when what earned them goes back."""

    DEBT = "debt"
    WITHHELD = "withheld"


class FallbackKind(StrEnum):
    """Where money goes that a gateway cannot give back."""

    BALANCE = "balance"
    BANK = "bank"


class GiftCardState(StrEnum):
    ISSUED = "issued"
    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


class CardFunding(StrEnum):
    """Where the money on a gift card comes from: it was sold, or it is given away."""

    SOLD = "sold"
    GIVEN = "given"


class PendingPointsState(StrEnum):
    """Of points that are promised; `cancelled` when all were taken back before their time."""

    PENDING = "pending"
    GRANTED = "granted"
    CANCELLED = "cancelled"


class CollectionState(StrEnum):
    """Of money that was taken by hand.

    What one recorded, another has `confirmed` (the cash is handed in, the transfer is on the
    account) or `rejected` (there is no such money). A transfer that pays nothing here is kept
    `apart` until it is `returned`.
    """

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    APART = "apart"
    RETURNED = "returned"
    REJECTED = "rejected"


class ReceiptOutcome(StrEnum):
    """What became of money a gateway says it took."""

    CAPTURED = "captured"
    SUSPENSE = "suspense"


class DisputeState(StrEnum):
    """What became of a shopper's complaint at the bank. Money of a lost one is gone."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class WithdrawalState(StrEnum):
    """Of balance that goes to a bank. `cancelled` by the member, `rejected` by staff."""

    REQUESTED = "requested"
    APPROVED = "approved"
    PAID = "paid"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class TopUpState(StrEnum):
    """Of money on its way to a balance. `refunded` has left the balance again."""

    AWAITING = "awaiting"
    PAID = "paid"
    CLOSED = "closed"
    REFUNDED = "refunded"


class ReviewKind(StrEnum):
    """Why people have to look at a payment."""

    AMOUNT_MISMATCH = "amount_mismatch"
    CURRENCY_MISMATCH = "currency_mismatch"
    UNREADABLE_AMOUNT = "unreadable_amount"
    MERCHANT_MISMATCH = "merchant_mismatch"
    APP_MISMATCH = "app_mismatch"
    CONTRADICTED = "contradicted"
    UNANSWERED = "unanswered"
    CHANNEL_GONE = "channel_gone"
    REFUND_FAILED = "refund_failed"
    REFUND_ABNORMAL = "refund_abnormal"
    REFUND_UNANSWERED = "refund_unanswered"
    REFUNDED_TWICE = "refunded_twice"
    TRANSFER_AMOUNT_MISMATCH = "transfer_amount_mismatch"
    TRANSFER_SECOND = "transfer_second"
    TRANSFER_LATE = "transfer_late"
    NOT_IN_STATEMENT = "not_in_statement"
    BALANCE_OWED = "balance_owed"


class ReviewState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class ReviewAction(StrEnum):
    """What people may do about it."""

    ASK_AGAIN = "ask_again"
    RETRY_REFUND = "retry_refund"
    FALL_BACK = "fall_back"
    RETURN_TRANSFER = "return_transfer"
    ASSIGN = "assign"
    CLOSE = "close"
