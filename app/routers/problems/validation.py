"""What pydantic refuses, said without repeating what was sent."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi.exceptions import RequestValidationError

from app.routers.problems.errors import InvalidRequest
from app.routers.problems.wording import message, summary

CODES: Final = {"extra_forbidden": "unknown-field", "missing": "missing"}
MAX_FIELDS = 50
MAX_PART = 64


def invalid_request(error: RequestValidationError, *, in_chinese: bool = False) -> InvalidRequest:
    """The refusal, naming up to fifty wrong fields; the input itself is never echoed."""
    found = error.errors()
    fields = [_field(each, in_chinese) for each in found[:MAX_FIELDS]]
    return InvalidRequest(summary(len(found), in_chinese=in_chinese), errors=fields)


def _field(each: dict[str, Any], in_chinese: bool) -> dict[str, str]:
    kind = str(each["type"])
    return {
        "pointer": pointer(each["loc"]),
        "code": CODES.get(kind, kind.replace("_", "-")),
        "message": _plain(message(each, in_chinese=in_chinese)),
    }


def pointer(parts: Sequence[Any]) -> str:
    """A JSON pointer (RFC 6901); names a caller made up are cut to 64 characters."""
    return "".join(f"/{_escape(_plain(str(part))[:MAX_PART])}" for part in parts)


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")
