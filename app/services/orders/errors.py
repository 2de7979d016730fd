"""Reasons an order is refused."""

from http import HTTPStatus

from app.core.errors import DomainError


class PriceChanged(DomainError):
    """What the shopper agreed to is not what the cart is, or costs, now.

    `agreed` holds the quote hash sent and the payable in it, `quote` the new quote. So it is where
    goods would have to be waited for that were there, or longer than was said.
    """

    slug, title, title_zh = "price-changed", "The price changed", "价格已变动"


class CartAlreadyOrdered(DomainError):
    """`order_id` is the order the cart became."""

    slug, title, title_zh = "cart-already-ordered", "The cart was ordered before", "购物车已下单"


class ReferenceTaken(DomainError):
    """`order_id` is the order that has the `reference`: the same was entered before."""

    slug, title, title_zh = "reference-taken", "It was entered before", "该单号已录入"


class TooManyUnpaidOrders(DomainError):
    slug, title = "too-many-unpaid-orders", "Pay or cancel an earlier order first"
    title_zh = "待支付订单过多"


class FlashBusy(DomainError):
    """The queue before a flash session is longer than anybody should wait. Nothing was ordered."""

    slug, title, title_zh = "flash-busy", "Too many buyers at once", "抢购人数过多，请稍后重试"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class GiftNotReturned(DomainError):
    """What is kept no longer earns `gifts`, each with the `value_minor` that keeping it costs."""

    slug, title, title_zh = "gift-not-returned", "A gift has to come back too", "须退回赠品"


class UnitsInReturn(DomainError):
    """`asked` says by line how many pieces a return asks back that is not decided yet."""

    slug, title, title_zh = (
        "units-in-return",
        "A return asks those pieces back",
        "商品正在售后中",
    )


class CannotReprice(DomainError):
    """`why` the order cannot be priced anew; refund units at what they cost instead."""

    slug, title, title_zh = (
        "cannot-reprice",
        "The order cannot be priced anew",
        "订单无法重新计价",
    )
