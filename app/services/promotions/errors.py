"""Why promotions refuse."""

from http import HTTPStatus

from app.core.errors import DomainError


class InvalidPromotion(DomainError):
    """`errors` holds what is wrong, each with a JSON pointer into the request."""

    slug, title, title_zh = (
        "invalid-promotion",
        "The promotion cannot work like this",
        "促销配置无效",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class IllegalPromotionStatus(DomainError):
    """`current` is the status it has, `allowed` are those the action starts from."""

    slug, title, title_zh = (
        "illegal-promotion-transition",
        "The promotion is in another status",
        "促销状态不允许此操作",
    )


class TooManyPromotions(DomainError):
    """`limit` is how many may be asked for at once."""

    slug, title, title_zh = "too-many-promotions", "Too many promotions at once", "促销数量过多"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyCoupons(DomainError):
    slug, title, title_zh = "too-many-coupons", "Too many coupon codes", "优惠码过多"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Exhausted(DomainError):
    """`promotion_ids` names the promotions of which nothing is left, in all or for this member."""

    slug, title, title_zh = "promotion-exhausted", "A promotion is used up", "优惠名额已用完"


class CouponTaken(DomainError):
    """`coupon_ids` names the coupons that were used or became invalid meanwhile."""

    slug, title, title_zh = "coupon-taken", "A coupon was used elsewhere", "优惠券已被使用"


class IllegalBatchState(DomainError):
    """`state` is what the batch is now."""

    slug, title, title_zh = (
        "illegal-coupon-batch-transition",
        "The coupons are in another state",
        "券批次状态不允许此操作",
    )


class ExportRunning(DomainError):
    slug, title, title_zh = (
        "coupon-export-running",
        "The codes are being shown to somebody",
        "券码正在导出",
    )


class CouponsNotOpen(DomainError):
    """`is_early` says that they will be."""

    slug, title, title_zh = "coupons-not-open", "The coupons are not given now", "不在领取时间内"


class CouponsGone(DomainError):
    slug, title, title_zh = "coupons-gone", "All coupons are taken", "优惠券已领完"


class CouponLimitReached(DomainError):
    """`limit` is how many one member may have."""

    slug, title, title_zh = (
        "coupon-limit-reached",
        "You have as many as one may have",
        "已达到每人限领数量",
    )


class CouponNotUsable(DomainError):
    """`state` is the coupon's, `valid_from` and `valid_to` its window; null ends are none."""

    slug, title, title_zh = (
        "coupon-not-usable",
        "The coupon cannot be used now",
        "优惠券当前不可用",
    )


class NotForThisMember(DomainError):
    slug, title, title_zh = (
        "coupon-not-for-member",
        "The coupon is for other members",
        "不符合领取条件",
    )
    status = HTTPStatus.FORBIDDEN
