"""How UnionPay writes things down: orders, times, amounts, and a form that is not escaped."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

from app.core.ids import made_at

BEIJING = timezone(timedelta(hours=8), "GMT+8")
CURRENCIES = {"156": "CNY"}
"""By their number in ISO 4217; UnionPay's gateway takes others only by special contract."""

_TIME = "%Y%m%d%H%M%S"
_ORDER = re.compile(r"[0-9A-Za-z]{8,32}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,12}", re.ASCII)
# A value may be `{…}` or `[…]`, and an ampersand in there separates nothing.
_PAIR = re.compile(r"([^=&]++)=((?:\{[^}]*+\}|\[[^\]]*+\]|[^&{\[]++)*+)(?:&|\Z)")


def stamp(at: datetime) -> str:
    """An instant as `YYYYMMDDhhmmss` in Beijing."""
    return at.astimezone(BEIJING).strftime(_TIME)


def instant(text: str) -> datetime:
    """The instant that `YYYYMMDDhhmmss` names in Beijing; raises `ValueError`."""
    return datetime.strptime(text, _TIME).replace(tzinfo=BEIJING).astimezone(UTC)


CLEARING_ENDS_EARLY = timedelta(hours=1)
"""How long before midnight."""


def clearing_day(at: datetime) -> date:
    """The day UnionPay settles under: it begins at eleven in the evening before."""
    return (at.astimezone(BEIJING) + CLEARING_ENDS_EARLY).date()


def ordered_at(out_trade_no: str) -> datetime:
    """When our number was made, which is the order's `txnTime` at every try.

    UnionPay knows an order by number and time together. Raises `ValueError` for a number that
    holds no time.
    """
    number = UUID(hex=out_trade_no)
    if number.version != 7:  # noqa: PLR2004 - the version with a time in it
        raise ValueError(f"{out_trade_no} holds no time")
    return made_at(number)


def order_id(number: str, prefix: str = "") -> str:
    """One of our numbers as UnionPay takes them: 8 to 32 letters and digits, nothing else.

    The same number gives the same id. What does not fit becomes a digest.
    """
    plain = prefix + number.replace("-", "")
    if _ORDER.fullmatch(plain):
        return plain
    return hashlib.sha256(f"{prefix}{number}".encode()).hexdigest()[:32]


def amount(text: str) -> int:
    """Fen, written as digits; raises `ValueError` for anything else."""
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"{text!r} is no amount in fen")
    return int(text)


def row(fields: Mapping[str, str]) -> str:
    """What a signature covers: `key=value` sorted by key, joined by `&`, without the signature.

    Empty fields do not count.
    """
    return "&".join(
        f"{name}={fields[name]}" for name in sorted(fields) if fields[name] and name != "signature"
    )


def fields_of(body: str) -> dict[str, str]:
    """The fields of an answer; raises `ValueError` when it is none, or names one twice."""
    found: dict[str, str] = {}
    at = 0
    while at < len(body):
        pair = _PAIR.match(body, at)
        if pair is None or pair[1] in found:
            raise ValueError("no answer of UnionPay")
        found[pair[1]] = pair[2]
        at = pair.end()
    return found
