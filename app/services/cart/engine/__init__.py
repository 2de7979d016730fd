"""Cart rules: what makes two lines one, what a shopper agreed to, what staff may grant. Pure."""

from app.services.cart.engine.agreement import Agreement, agree
from app.services.cart.engine.options import OPTIONS_KEY_LENGTH, line_key, options_key
from app.services.cart.engine.overrides import needs_second, off_bps

__all__ = [
    "OPTIONS_KEY_LENGTH",
    "Agreement",
    "agree",
    "line_key",
    "needs_second",
    "off_bps",
    "options_key",
]
