"""Why pricing refuses."""

from http import HTTPStatus

from app.core.errors import DomainError


class NotForSale(DomainError):
    """`skus` names every SKU that cannot be bought with its reason.

    Reasons are `unknown`, `inactive`, `not_on_sale` and `no_price`.
    """

    slug, title, title_zh = "not-for-sale", "Some goods cannot be bought", "部分商品无法购买"


class QuotaExhausted(DomainError):
    """`rows` names the quota prices of which fewer pieces are left than asked for."""

    slug, title, title_zh = "price-quota-exhausted", "The offer is sold out", "优惠价名额已售完"


class ExchangeUnavailable(DomainError):
    """`lines` names what cannot be had for points, why, and how many pieces are left if some are.

    Reasons are `unknown`, `not_open`, `not_entitled`, `exhausted` and `dearer_than_list`.
    """

    slug, title = "exchange-unavailable", "The goods cannot be had for points now"
    title_zh = "积分兑换暂不可用"


class BargainUnavailable(DomainError):
    """`lines` names what cannot be had at the price of its bargain and why.

    Reasons are `unknown`, `not_yours`, `one_piece`, `not_open`, `not_finished`, `expired`, `used`,
    `exhausted` and `dearer_than_list`.
    """

    slug, title = "bargain-unavailable", "The bargain is not good now"
    title_zh = "砍价暂不可用"


class BelowFloor(DomainError):
    """`lines` names what may not cost so little, with what was asked and its floor."""

    slug, title, title_zh = "below-floor", "Below the lowest price", "低于最低限价"


class BargainSoldOut(DomainError):
    slug, title, title_zh = "bargain-sold-out", "All pieces are taken", "砍价商品已被抢光"


class BargainNotForYou(DomainError):
    """`tiers` are the member tiers that may."""

    slug, title = "bargain-not-for-you", "The bargain is for other members"
    title_zh = "您暂不符合砍价条件"


class BargainOver(DomainError):
    """`state` says why nobody can cut any more: `finished`, `expired` or `stopped`."""

    slug, title, title_zh = "bargain-over", "Nothing is left to be cut", "砍价已结束"


class OwnBargain(DomainError):
    slug, title, title_zh = "own-bargain", "Others must cut your price", "不能帮自己砍价"


class HelpedEnough(DomainError):
    """`helps_per_day` is how often one may help in a day."""

    slug, title, title_zh = "helped-enough", "Help again tomorrow", "今日助力次数已用完"


class BelowSold(DomainError):
    """`rows` names the prices whose new quota is less than what was sold at them."""

    slug, title, title_zh = (
        "quota-below-sold",
        "More was sold than the new quota",
        "配额低于已售数量",
    )


class UnknownSkus(DomainError):
    slug, title, title_zh = "unknown-skus", "Some SKUs do not exist", "商品不存在"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class InvalidPriceList(DomainError):
    """`field` names what contradicts the rest."""

    slug, title, title_zh = (
        "invalid-price-list",
        "The terms contradict each other",
        "价目表设置有误",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class InvalidPricePolicy(DomainError):
    """`field` names what no quote could keep."""

    slug, title, title_zh = (
        "invalid-price-policy",
        "Prices cannot be made by these rules",
        "定价规则设置有误",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnknownMembers(DomainError):
    slug, title, title_zh = "unknown-members", "Some members do not exist", "会员不存在"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class FlashClosed(DomainError):
    """`state` is where the session stands, `starts_at` and `ends_at` its window.

    One that is still to come says by `Retry-After` when it starts.
    """

    slug, title, title_zh = "flash-closed", "The sale is not on", "活动未在进行中"


class FlashSoldOut(DomainError):
    """Everything is paid for. `rows` names the SKUs with what is `left` of them."""

    slug, title, title_zh = "flash-sold-out", "Sold out", "已抢光"


class FlashHeld(DomainError):
    """Everything is promised, some of it not paid for yet, which may come back.

    `rows` names the SKUs with what is `left` of them. `Retry-After` says when the first unpaid
    order runs out of time.
    """

    slug, title, title_zh = (
        "flash-held",
        "The last pieces are with others, who have not paid yet",
        "商品已被抢完，还有买家未付款",
    )


class PurchaseLimitReached(DomainError):
    """`rows` names what a member may have no more of: the SKU, the limit and what is `left`."""

    slug, title, title_zh = (
        "purchase-limit-reached",
        "You have had as many as one may",
        "已达到限购数量",
    )


class InvalidPriceRows(DomainError):
    """`faults` holds what is wrong, each with the number of its row where it has one."""

    slug, title, title_zh = "invalid-price-rows", "Some rows are wrong", "部分价格行有误"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ScheduleTooSoon(DomainError):
    """`earliest_at` is the first instant that could be planned for, where that is the matter."""

    slug, title, title_zh = "schedule-too-soon", "It is too late for that", "距生效时间过近"


class IllegalScheduleState(DomainError):
    """`state` is what became of the plan."""

    slug, title, title_zh = (
        "illegal-schedule-state",
        "The plan is in another state",
        "调价计划状态不允许此操作",
    )


class PricesNeedApproval(DomainError):
    """`rows` names the prices that fall so far that somebody else must approve them."""

    slug, title, title_zh = (
        "prices-need-approval",
        "Somebody else must approve these prices",
        "价格须经他人审批",
    )
