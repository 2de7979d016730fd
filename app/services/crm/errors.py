"""Why lotteries refuse."""

from http import HTTPStatus

from app.core.errors import DomainError


class InvalidLottery(DomainError):
    """`errors` holds what is wrong, each with a JSON pointer into the request."""

    slug, title, title_zh = "invalid-lottery", "The lottery cannot work like this", "抽奖配置无效"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class IllegalLotteryStatus(DomainError):
    """`current` is the status it has."""

    slug, title, title_zh = (
        "illegal-lottery-transition",
        "The lottery is in another status",
        "抽奖活动状态不允许此操作",
    )


class LotteryNotOpen(DomainError):
    """It has ended or its window is another; `starts_at` and `ends_at` say which."""

    slug, title, title_zh = "lottery-not-open", "The lottery is not open", "抽奖未开放"


class DrawsUsedUp(DomainError):
    """`is_daily` says that tomorrow there is another draw."""

    slug, title, title_zh = "draws-used-up", "No draw is left", "抽奖次数已用完"
