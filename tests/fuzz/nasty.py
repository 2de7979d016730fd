"""Values nobody sends by mistake, and a good request with one of them in it."""

import copy
import re
from random import Random
from typing import Any

TEXTS = (
    "",
    " ",
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\udfff tail",
    "\u202egnp.exe",
    "\u200b",
    "\ufeff",
    "e" + "\u0301" * 300,
    "\U0001f375" * 50,
    "x" * 20_000,
    "' OR 1=1--",
    "%_\\",
    "../../etc/passwd",
    "{{7*7}}",
    "=1+1",
    "a\r\nSet-Cookie: a=b",
    "٣",
    "１２",
    "1_000",
    "NaN",
    "4111111111111111",
    "00000000-0000-0000-0000-000000000000",
    "{019a0f3c-5b1e-7c62-9d5a-0d9f4d6c7e21}",
)
TIMES = (
    *("0000-00-00", "2026-02-30", "9999-12-31", "0001-01-01", "10000-01-01", "2026-W01"),
    *("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999-14:00", "0001-01-01T00:00:00+14:00"),
    *("0001-01-01T00:00:00Z", "2026-11-26T10:00:00+99:00", "2026-11-26T10:00:00", "1970-01-01"),
    *("2026-11-26T10:00:00.123456789Z", "2016-12-31T23:59:60Z", "2026-11-26T24:00:00Z"),
    *("2026-11-26T10:00:00+23:59", "2026-11-26T10:00:00-23:59", "0001-01-01T00:00:00+23:59"),
    *("9999-12-31T23:59:59-23:59", "infinity", "-infinity", "now", "1e9", "32767-01-01"),
)
NUMBERS = (
    *(0, -1, 1, 2**31 - 1, 2**31, -(2**31) - 1, 2**53, 2**63 - 1, 2**63, -(2**63), 10**40),
    *(0.1, 1.0, -0.0, 1e308, float("nan"), float("inf"), float("-inf")),
)
OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"": None}, ["x"] * 500)


def a_nasty_value(lots: Random, other: Any = None) -> Any:
    """Nasty, or `other`, which is only out of place."""
    return lots.choice(lots.choice((TEXTS, NUMBERS, OTHERS, TIMES, (other,))))


def with_one_nasty(value: Any, lots: Random, other: Any = None) -> Any:
    """A copy of a JSON value in which one place holds something nasty."""
    changed = copy.deepcopy(value)
    places = list(_places(changed))
    if not places:
        return a_nasty_value(lots, other)
    holder, key = lots.choice(places)
    held = holder[key]
    # Half of the time it is of the right type, and gets past the first look.
    if lots.random() < 0.5:
        holder[key] = _like(held, lots, other)
    else:
        holder[key] = a_nasty_value(lots, other)
    return changed


def _like(held: Any, lots: Random, other: Any) -> Any:
    if isinstance(held, str):
        return lots.choice(TIMES if re.match(r"\d{4}-\d\d-\d\d", held) else (*TEXTS, other))
    if isinstance(held, bool):
        return not held
    if isinstance(held, int | float):
        return lots.choice(NUMBERS)
    if isinstance(held, list):
        return lots.choice(([], held * 2, held * 200, held[:1]))
    if isinstance(held, dict):
        return lots.choice(({}, {**held, "unknown": 1}, dict(list(held.items())[1:])))
    return lots.choice(OTHERS)


def _places(value: Any) -> Any:
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in list(children):
        yield value, key
        yield from _places(child)
