"""Orders that are entered for a shopper, or for nobody who pays: without a cart of their own."""

from app.services.orders.engine.handouts import IllegalHandoutTransition
from app.services.orders.entry.agreed import Agreed, AgreedLine, quote_agreed, take_agreed
from app.services.orders.entry.errors import PaymentLinkExpired, PaymentLinkRevoked
from app.services.orders.entry.hand_out import NotPlaced, hand_out
from app.services.orders.entry.handouts import (
    HandoutView,
    NewHandout,
    Recipient,
    decide,
    list_handouts,
    make_handout,
    read_handout,
)
from app.services.orders.entry.links import (
    MadeLink,
    OpenedLink,
    list_links,
    make_link,
    open_link,
    revoke_link,
    token_of,
)

__all__ = [
    "Agreed",
    "AgreedLine",
    "HandoutView",
    "IllegalHandoutTransition",
    "MadeLink",
    "NewHandout",
    "NotPlaced",
    "OpenedLink",
    "PaymentLinkExpired",
    "PaymentLinkRevoked",
    "Recipient",
    "decide",
    "hand_out",
    "list_handouts",
    "list_links",
    "make_handout",
    "make_link",
    "open_link",
    "quote_agreed",
    "read_handout",
    "revoke_link",
    "take_agreed",
    "token_of",
]
