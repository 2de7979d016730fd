"""The few shapes conditions of review rules have, as JSON schemas and as a check."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

MOST = 100
LONGEST = 200


def whole(least: int, most: int, what: str) -> dict[str, Any]:
    """A whole number between two."""
    return {"type": "integer", "minimum": least, "maximum": most, "description": what}


def flag(what: str) -> dict[str, Any]:
    """Set or not set: there is nothing else to say."""
    return {"const": True, "description": what}


def texts(
    what: str, *, pattern: str | None = None, among: Sequence[str] = (), most: int = MOST
) -> dict[str, Any]:
    """Some texts, of which one has to fit."""
    item: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": LONGEST}
    if pattern is not None:
        item["pattern"] = pattern
    if among:
        item["enum"] = list(among)
    return {"type": "array", "items": item, "minItems": 1, "maxItems": most, "description": what}


def within(schema: Mapping[str, Any], value: object) -> bool:
    """Whether `value` is as one of the schemas above says."""
    if "const" in schema:
        return value is True
    if schema["type"] == "integer":
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return is_whole and schema["minimum"] <= value <= schema["maximum"]
    if not isinstance(value, list) or not schema["minItems"] <= len(value) <= schema["maxItems"]:
        return False
    return all(_is_text(schema["items"], each) for each in value)


def _is_text(item: Mapping[str, Any], value: object) -> bool:
    if not isinstance(value, str) or not item["minLength"] <= len(value) <= item["maxLength"]:
        return False
    if "\x00" in value or any("\ud800" <= each <= "\udfff" for each in value):
        return False
    if "pattern" in item and re.fullmatch(item["pattern"], value) is None:
        return False
    return "enum" not in item or value in item["enum"]
