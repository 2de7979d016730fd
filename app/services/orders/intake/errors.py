"""Why an order that was sent in is not taken."""

from http import HTTPStatus

from app.core.errors import DomainError


class NotAMarketplace(DomainError):
    slug, title, title_zh = (
        "not-a-marketplace",
        "The channel is no marketplace that is open",
        "该渠道不是启用的外部平台",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class IntakeDiffers(DomainError):
    """The channel has another order of that number; `intake_id` names it."""

    slug, title, title_zh = (
        "order-intake-differs",
        "The number is that of another order",
        "外部单号已存在且内容不同",
    )


class IntakeTotalsDiffer(DomainError):
    """`ours_minor` is what the lines and the fee make, `theirs_minor` what was said."""

    slug, title, title_zh = (
        "order-intake-totals-differ",
        "Lines and fee do not add up to the total",
        "明细与总额不一致",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnknownGoods(DomainError):
    """`skus` are the codes that no goods, or those of several merchants, have."""

    slug, title, title_zh = "unknown-goods", "Some goods are not known here", "部分商品编码无法识别"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class IllegalIntakeTransition(DomainError):
    """`state` is where it stands."""

    slug, title, title_zh = (
        "illegal-order-intake-transition",
        "The order sent in does not stand so",
        "外部订单状态不允许该操作",
    )
