"""Strict scalars inside a schema that FastAPI validates as Python values.

pydantic's own strict mode would refuse the text of a UUID, an instant or an enum member, because
the framework hands over parsed JSON, not JSON. So scalars are made strict one by one.
"""

import re
from datetime import UTC, date, datetime
from typing import Any, Final, cast

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

STRICT: Final = frozenset({"int", "float", "bool", "str"})
OPAQUE: Final = frozenset({"default", "metadata", "serialization", "cls", "members", "expected"})
FIRST_YEAR, LAST_YEAR = 1900, 2199
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})"
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def strict(schema: CoreSchema) -> CoreSchema:
    """`schema` with strict numbers, texts and flags, and with instants and days only as text.

    Instants need an offset and become UTC; both lie between the years 1900 and 2199.
    """
    return cast("CoreSchema", _strict(schema))


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(each) for each in node]
    if isinstance(node, tuple):
        return tuple(_strict(each) for each in node)
    if not isinstance(node, dict):
        return node
    walked = {key: value if key in OPAQUE else _strict(value) for key, value in node.items()}
    match walked.get("type"):
        # A field that is called type has a schema there.
        case str(kind) if kind in STRICT:
            walked.setdefault("strict", True)
        case "datetime":
            before = core_schema.no_info_before_validator_function(_instant, cast("Any", walked))
            return core_schema.no_info_after_validator_function(_utc, before)
        case "date":
            before = core_schema.no_info_before_validator_function(_day, cast("Any", walked))
            return core_schema.no_info_after_validator_function(_in_range, before)
    return walked


def _instant(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and _INSTANT.fullmatch(value)):
        return value
    raise PydanticCustomError("instant_type", "Input should be an RFC 3339 instant with an offset")


def _utc(value: datetime) -> datetime:
    _in_range(value)
    return value.astimezone(UTC)


def _day(value: Any) -> Any:
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise PydanticCustomError("day_type", "Input should be a day as YYYY-MM-DD")


def _in_range(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError("date_range", "The year should lie between 1900 and 2199")
    return value
