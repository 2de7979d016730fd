"""Alipay's ways of writing things: yuan with two decimals, Beijing time, parameters in a row."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from app.core.money import parse_minor

BEIJING = timezone(timedelta(hours=8), "GMT+8")
"""What Alipay's clocks show, wherever this process runs. China has no summer time."""

CURRENCY = "CNY"
_TIME = "%Y-%m-%d %H:%M:%S"


def yuan(amount_minor: int) -> str:
    """`1234` fen as `12.34`; raises `ValueError` for what is not more than nothing."""
    if amount_minor <= 0:
        raise ValueError(f"{amount_minor} cannot be asked for")
    whole, rest = divmod(amount_minor, 100)
    return f"{whole}.{rest:02d}"


def fen(text: str) -> int:
    """`12.34`, `12.3` or `12` yuan as fen; raises `ValueError` for what is no such amount."""
    return parse_minor(text, CURRENCY)


def beijing(at: datetime) -> str:
    """An instant as `yyyy-MM-dd HH:mm:ss` in Beijing."""
    return at.astimezone(BEIJING).strftime(_TIME)


def instant(text: str) -> datetime:
    """The instant that `yyyy-MM-dd HH:mm:ss` names in Beijing; raises `ValueError`."""
    return datetime.strptime(text, _TIME).replace(tzinfo=BEIJING).astimezone(UTC)


def row(fields: Mapping[str, str]) -> str:
    """What a signature covers: `key=value` sorted by key and joined by `&`, values unescaped."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields))
