"""Cart rules: what makes two lines one, and what a shopper agreed to. Pure."""

from app.services.cart.engine.agreement import Agreement, agree
from app.services.cart.engine.options import OPTIONS_KEY_LENGTH, line_key, options_key

__all__ = ["OPTIONS_KEY_LENGTH", "Agreement", "agree", "line_key", "options_key"]
