"""What goes over the wire: forms with a JSON text that is signed with MD5."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from app.adapters.kuaidi100.codes import state_of
from app.services.orders.carriers.ports import Scan

CHINA = ZoneInfo("Asia/Shanghai")


def sign(*parts: str) -> str:
    """MD5 of the parts one after the other, in capital hex: what their documentation asks for.

    MD5 is theirs to replace; keys are long and secret, and nothing is believed by it but where a
    parcel is.
    """
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest().upper()


def document(text: str | bytes) -> dict[str, Any]:
    """A JSON object. Raises `ValueError` and `TypeError` for anything else."""
    found = orjson.loads(text)
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def scans(result: Mapping[str, Any]) -> tuple[Scan, ...]:
    """The entries of a result, whose own `state` is that of the last one that has no code.

    Times are Chinese. Entries without a readable time are left out: nothing can be said of them.
    """
    entries = [each for each in result.get("data") or () if isinstance(each, Mapping)]
    timed = [(at, each) for each in entries if (at := _at(each)) is not None]
    timed.sort(key=lambda pair: pair[0])
    made = []
    for place, (at, entry) in enumerate(timed):
        code = entry.get("statusCode")
        if not code and not entry.get("status") and place == len(timed) - 1:
            code = result.get("state")
        words = str(entry.get("context") or "")
        made.append(
            Scan(
                id=_id(at, words),
                at=at,
                state=state_of(None if code is None else str(code), entry.get("status")),
                location=_short(entry.get("areaName") or entry.get("location"), 200),
                description=_short(words, 500),
            )
        )
    return tuple(made)


def _at(entry: Mapping[str, Any]) -> datetime | None:
    said = entry.get("ftime") or entry.get("time")
    try:
        return datetime.strptime(str(said), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    except ValueError:
        return None


def _id(at: datetime, words: str) -> str:
    digest = hashlib.sha256(f"{at.isoformat()}\0{words}".encode()).hexdigest()
    return f"kuaidi100:{digest[:40]}"


def _short(text: Any, length: int) -> str | None:
    return str(text).replace("\x00", "")[:length] or None if text else None
