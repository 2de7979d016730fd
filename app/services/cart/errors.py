"""Reasons a cart refuses something."""

from http import HTTPStatus

from app.core.errors import DomainError


class TooManyLines(DomainError):
    slug, title, title_zh = "cart-full", "The cart has too many lines", "购物车商品种类过多"


class QuantityTooLarge(DomainError):
    slug, title = "quantity-too-large", "The quantity is over the limit"
    title_zh = "数量超出限制"


class AmbiguousSku(DomainError):
    """Several merchants use the code; naming the merchant resolves it."""

    slug, title, title_zh = "ambiguous-sku", "The SKU code is not unique", "商品编码不唯一"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class EmptyCart(DomainError):
    slug, title, title_zh = "empty-cart", "No line is selected", "未选择商品"


class AmountTooLarge(DomainError):
    slug, title, title_zh = "amount-too-large", "The amount is over the limit", "金额超出限制"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PriceTooLow(DomainError):
    """`off_bps` is more than the `most_bps` of the list price that anybody may take off."""

    slug, title, title_zh = "price-too-low", "The price is too low", "价格过低"
