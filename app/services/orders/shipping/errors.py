"""Why a parcel is refused."""

from http import HTTPStatus

from app.core.errors import DomainError


class OrderHeld(DomainError):
    """`holds` names each reason for which the order must not leave now."""

    slug, title, title_zh = (
        "order-held",
        "The order must not leave for now",
        "订单已被拦截，暂不能发货",
    )


class OrderNotPaid(DomainError):
    slug, title, title_zh = "order-not-paid", "The order is not paid", "订单尚未付款"


class PiecesNotOpen(DomainError):
    """`missing` says by line how many pieces fewer are open than are wanted."""

    slug, title, title_zh = (
        "pieces-not-open",
        "Fewer pieces are waiting to be packed",
        "待发商品数量不足",
    )


class IllegalShipmentTransition(DomainError):
    slug, title, title_zh = (
        "illegal-shipment-transition",
        "The parcel cannot change to that state",
        "包裹状态不允许此操作",
    )


class TrackingNumberTaken(DomainError):
    slug, title, title_zh = (
        "tracking-number-taken",
        "Another parcel has that number",
        "运单号已被使用",
    )


class NotUnderWay(DomainError):
    """Nothing of the order has left, or it was received before."""

    slug, title, title_zh = "not-under-way", "Nothing is on its way", "没有待收货的包裹"


class StillUnderWay(DomainError):
    """`states` of parcels the shop looks at first: refused, lost, on their way back."""

    slug, title, title_zh = (
        "still-under-way",
        "Something of it is still in question",
        "部分包裹异常，暂不能确认收货",
    )


class HasLabel(DomainError):
    """Its carrier made a label, or may have: unpack it to have another."""

    slug, title, title_zh = "has-label", "The parcel has a label", "包裹已有电子面单"


class TravelsWithAnother(DomainError):
    """`joined_to` is the parcel that has the number: it is handed over, labelled and edited."""

    slug, title, title_zh = (
        "travels-with-another",
        "The parcel travels in another",
        "该包裹已并入其他包裹",
    )


class UnknownCarrier(DomainError):
    """`carriers` are the codes this seller's goods may travel with; `field` names it."""

    slug, title, title_zh = "unknown-carrier", "There is no such carrier", "承运商不存在或已停用"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnknownService(DomainError):
    """`services` are those of the carrier; `field` names it."""

    slug, title, title_zh = (
        "unknown-carrier-service",
        "The carrier has no such service",
        "承运商不提供该服务",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY
