"""Orders that are entered for a shopper, or for nobody who pays: without a cart of their own."""

from app.services.orders.entry.agreed import Agreed, AgreedLine, take_agreed

__all__ = ["Agreed", "AgreedLine", "take_agreed"]
