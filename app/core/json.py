"""JSON out: one dump for events, stored answers and the log."""

from typing import Any
from uuid import UUID

import orjson
from pydantic_core import to_json


def dump_bytes(value: Any) -> bytes:
    """`value` as JSON. Plain data goes the fast way; anything else as pydantic writes it.

    Either way an instant in UTC ends in `Z`.
    """
    try:
        return orjson.dumps(value, default=_told, option=orjson.OPT_UTC_Z)
    except TypeError:
        return to_json(value, inf_nan_mode="null")


def _told(value: Any) -> str:
    """An id as the driver gives them, which orjson does not take for one."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value))


def dump(value: Any) -> str:
    return dump_bytes(value).decode()


def canonical(value: Any) -> bytes:
    """The same bytes for equal JSON, whatever the order of keys. `value` is parsed JSON."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
