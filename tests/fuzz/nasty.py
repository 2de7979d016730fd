"""Values nobody sends by mistake, and a good request with one of them in it."""

import copy
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
    "0000-00-00",
    "2026-02-30",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "2026-11-26T10:00:00+99:00",
    "00000000-0000-0000-0000-000000000000",
    "{019a0f3c-5b1e-7c62-9d5a-0d9f4d6c7e21}",
)
NUMBERS = (
    *(0, -1, 1, 2**31 - 1, 2**31, -(2**31) - 1, 2**53, 2**63 - 1, 2**63, -(2**63), 10**40),
    *(0.1, 1.0, -0.0, 1e308, float("nan"), float("inf"), float("-inf")),
)
OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"": None}, ["x"] * 500)


def a_nasty_value(lots: Random) -> Any:
    return lots.choice(lots.choice((TEXTS, NUMBERS, OTHERS)))


def with_one_nasty(value: Any, lots: Random) -> Any:
    """A copy of a JSON value in which one place holds something nasty."""
    changed = copy.deepcopy(value)
    places = list(_places(changed))
    if not places:
        return a_nasty_value(lots)
    holder, key = lots.choice(places)
    holder[key] = a_nasty_value(lots)
    return changed


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
