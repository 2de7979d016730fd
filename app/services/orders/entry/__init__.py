"""Orders that are entered for a shopper, or for nobody who pays: without a cart of their own."""

from app.services.orders.entry.agreed import Agreed, AgreedLine, quote_agreed, take_agreed
from app.services.orders.entry.errors import PaymentLinkExpired, PaymentLinkRevoked
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
    "MadeLink",
    "OpenedLink",
    "PaymentLinkExpired",
    "PaymentLinkRevoked",
    "list_links",
    "make_link",
    "open_link",
    "quote_agreed",
    "revoke_link",
    "take_agreed",
    "token_of",
]
