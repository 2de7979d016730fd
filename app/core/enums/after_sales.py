"""Vocabulary of what happens after goods have left: returns and money without a return."""

from enum import StrEnum


class ReturnKind(StrEnum):
    """What a shopper asks for: his money while he keeps the goods, or for goods he sends back."""

    REFUND_ONLY = "refund_only"
    RETURN = "return"


class ReturnState(StrEnum):
    """How far it is. `escalated`: the platform decides between shopper and merchant.

    `denied` is a rejection nobody can contest any more. `accepted`: money is due, `refunding`: it
    waits for a second person. `closed` ended without money though nobody rejected it.
    """

    REQUESTED = "requested"
    ESCALATED = "escalated"
    AWAITING_GOODS = "awaiting_goods"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    REJECTED = "rejected"
    DENIED = "denied"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class ReturnAction(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    ESCALATE = "escalate"
    CANCEL = "cancel"
    SEND = "send"
    RECEIVE = "receive"
    INSPECT = "inspect"
    REFUND = "refund"
    CLOSE = "close"


class NotReturnable(StrEnum):
    """Why pieces of a line cannot be asked back.

    `not_shipped`: they are refunded, or the order is cancelled, without a return.
    """

    NOT_PAID = "not_paid"
    NOT_SHIPPED = "not_shipped"
    WINDOW_OVER = "window_over"
    FINAL_SALE = "final_sale"
    ASKED = "asked"
    NOTHING_LEFT = "nothing_left"
