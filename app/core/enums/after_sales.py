"""Vocabulary of what happens after goods have left: returns, exchanges, repairs, reshipments."""

from enum import StrEnum


class ReturnKind(StrEnum):
    """What a shopper asks for.

    His money, while he keeps the goods or for goods he sends back; other goods for those he sends
    back; those goods repaired; or the goods once more that did not arrive as they should.
    """

    REFUND_ONLY = "refund_only"
    RETURN = "return"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    RESHIP = "reship"


REPLACING = frozenset({ReturnKind.EXCHANGE, ReturnKind.REPAIR, ReturnKind.RESHIP})
"""Kinds that end with goods, not with money."""


SENT_BACK = frozenset({ReturnKind.RETURN, ReturnKind.EXCHANGE, ReturnKind.REPAIR})
"""Kinds for which goods are sent back."""


class ReturnState(StrEnum):
    """How far it is. `escalated`: the platform decides between shopper and merchant.

    `denied` is a rejection nobody can contest any more. `accepted`: money or a replacement is due,
    `refunding`: it waits for a second person, `sending`: what the shopper gets is promised and has
    not all left, `sent`: it has. `closed` ended without either though nobody rejected it.
    """

    REQUESTED = "requested"
    ESCALATED = "escalated"
    AWAITING_GOODS = "awaiting_goods"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    SENDING = "sending"
    SENT = "sent"
    REJECTED = "rejected"
    DENIED = "denied"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class ReturnAction(StrEnum):
    """`mend`: goods were repaired, or cannot be. `ship`: all that is sent again has left.

    `charge`: the shopper is asked once more for what an exchange costs more; `ask_fee`: for what a
    repair costs.
    """

    APPROVE = "approve"
    REJECT = "reject"
    ESCALATE = "escalate"
    CANCEL = "cancel"
    SEND = "send"
    RECEIVE = "receive"
    INSPECT = "inspect"
    MEND = "mend"
    REFUND = "refund"
    REPLACE = "replace"
    CHARGE = "charge"
    ASK_FEE = "ask_fee"
    CALL_OFF = "call_off"
    SHIP = "ship"
    CLOSE = "close"


class PostageBy(StrEnum):
    """Who pays for sending goods back."""

    SHOP = "shop"
    SHOPPER = "shopper"


class MendOutcome(StrEnum):
    """What came of a repair. `as_it_was`: the shopper gets it back without."""

    REPAIRED = "repaired"
    AS_IT_WAS = "as_it_was"
    UNREPAIRABLE = "unrepairable"


class DamageCause(StrEnum):
    """Who is taken to have spoilt goods that came back damaged."""

    SUPPLIER = "supplier"
    CARRIER = "carrier"
    SHOPPER = "shopper"
    SHOP = "shop"


class NotReturnable(StrEnum):
    """Why pieces of a line cannot be asked back.

    `not_shipped`: they are refunded, or the order is cancelled, without a return. `no_fault`: only
    what the shop answers for is sent once more.
    """

    NOT_PAID = "not_paid"
    NOT_SHIPPED = "not_shipped"
    WINDOW_OVER = "window_over"
    FINAL_SALE = "final_sale"
    NO_FAULT = "no_fault"
    ASKED = "asked"
    NOTHING_LEFT = "nothing_left"
