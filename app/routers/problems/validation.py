"""What pydantic refuses, said without repeating what was sent."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi.exceptions import RequestValidationError

from app.routers.problems.errors import InvalidRequest

CODES: Final = {"extra_forbidden": "unknown-field", "missing": "missing"}
MESSAGES: Final = {  # pydantic quotes the input in these
    "uuid_parsing": "Input should be a valid UUID",
    "union_tag_invalid": "The discriminator names no known kind",
    "json_invalid": "JSON decode error",
    "url_parsing": "Input should be a valid URL",
    "string_unicode": "Input should be valid Unicode",
}
MAX_FIELDS = 50
MAX_PART = 64


def invalid_request(error: RequestValidationError) -> InvalidRequest:
    """The refusal, naming up to fifty wrong fields; the input itself is never echoed."""
    found = error.errors()
    fields = [_field(each) for each in found[:MAX_FIELDS]]
    return InvalidRequest(f"{len(found)} field(s) are invalid", errors=fields)


def _field(each: dict[str, Any]) -> dict[str, str]:
    kind = str(each["type"])
    message = MESSAGES.get(kind) or str(each["msg"]).removeprefix("Value error, ")
    return {
        "pointer": pointer(each["loc"]),
        "code": CODES.get(kind, kind.replace("_", "-")),
        "message": _plain(message)[:300],
    }


def pointer(parts: Sequence[Any]) -> str:
    """A JSON pointer (RFC 6901); names a caller made up are cut to 64 characters."""
    return "".join(f"/{_escape(_plain(str(part))[:MAX_PART])}" for part in parts)


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")
