"""Why the order centre refuses."""

from http import HTTPStatus

from app.core.errors import DomainError


class CurrencyNeeded(DomainError):
    """Amounts of two currencies cannot be compared."""

    slug, title, title_zh = (
        "currency-needed",
        "Say which currency the amounts are of",
        "请指定金额的币种",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY
