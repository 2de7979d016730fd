"""Carts: what a shopper means to buy, and what it would cost."""

from app.repositories.cart import FlashWish
from app.services.cart.coupons import MAX_COUPONS, set_coupons, type_coupon
from app.services.cart.desk import (
    Discretion,
    agree_price,
    approve_price,
    at_desk,
    desk_of,
    drop_price,
    require_approved,
)
from app.services.cart.engine import OPTIONS_KEY_LENGTH, Agreement, options_key
from app.services.cart.errors import (
    AmbiguousSku,
    AmountTooLarge,
    EmptyCart,
    PriceTooLow,
    QuantityTooLarge,
    TooManyLines,
)
from app.services.cart.flash import FlashOffer, require_flash
from app.services.cart.freight import STANDARD, route_goods
from app.services.cart.gifts import MAX_GIFT_CHOICES, choose_gifts
from app.services.cart.lines import (
    AddLine,
    ChangedLine,
    ChangeLine,
    add_line,
    change_line,
    remove_line,
)
from app.services.cart.merge import merge
from app.services.cart.open import open_cart
from app.services.cart.parcels import preview_delivery
from app.services.cart.quoting import CartQuote, quote_snapshot
from app.services.cart.snapshot import snapshot
from app.services.cart.types import CartLine, CartSnapshot
from app.services.cart.view import view_cart

__all__ = [
    "MAX_COUPONS",
    "MAX_GIFT_CHOICES",
    "OPTIONS_KEY_LENGTH",
    "STANDARD",
    "AddLine",
    "Agreement",
    "AmbiguousSku",
    "AmountTooLarge",
    "CartLine",
    "CartQuote",
    "CartSnapshot",
    "ChangeLine",
    "ChangedLine",
    "Discretion",
    "EmptyCart",
    "FlashOffer",
    "FlashWish",
    "PriceTooLow",
    "QuantityTooLarge",
    "TooManyLines",
    "add_line",
    "agree_price",
    "approve_price",
    "at_desk",
    "change_line",
    "choose_gifts",
    "desk_of",
    "drop_price",
    "merge",
    "open_cart",
    "options_key",
    "preview_delivery",
    "quote_snapshot",
    "remove_line",
    "require_approved",
    "require_flash",
    "route_goods",
    "set_coupons",
    "snapshot",
    "type_coupon",
    "view_cart",
]
