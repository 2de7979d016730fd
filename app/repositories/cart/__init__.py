"""Carts in the database: their lines, what is quoted, what is shown, how two become one."""

from app.repositories.cart.carts import CartRepository
from app.repositories.cart.flash import FlashCartRepository, FlashWish
from app.repositories.cart.lines import LineRepository
from app.repositories.cart.merge import MergeRepository

__all__ = [
    "CartRepository",
    "FlashCartRepository",
    "FlashWish",
    "LineRepository",
    "MergeRepository",
]
