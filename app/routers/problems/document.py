"""The problem document itself: fields, language, bytes."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import Scope

from app.core.errors import DomainError

PROBLEM_JSON = "application/problem+json"
STANDARD = ("type", "title", "status", "detail", "instance", "request_id")


class InvalidField(BaseModel):
    """One way in which a request does not match the contract."""

    pointer: str = Field(
        description="Where: a JSON pointer, into the body or, with `invalid-request`, one whose "
        "first part names body, query, path or header.",
        examples=["/body/lines/0/quantity"],
    )
    code: str = Field(description="Stable name of the rule.", examples=["missing"])
    message: str = Field(
        description="For people. In the language of `Accept-Language` where a plain rule of type, "
        "length or range is broken, else English."
    )


class Problem(BaseModel):
    """The body of every 4xx and 5xx answer; further members depend on `type`."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(
        description="`/problems/<slug>`; slugs never change.", examples=["/problems/out-of-stock"]
    )
    title: str = Field(description="In the language of `Accept-Language`, Chinese or English.")
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[InvalidField] | None = Field(
        default=None, description="With `invalid-request` and the like: every field that is wrong."
    )


def problem_response(scope: Scope, error: DomainError, **headers: str) -> Response:
    """The answer to a refused request. `scope` tells its path, language and request id."""
    scope.setdefault("state", {})["problem"] = error.slug
    answer = Response(problem_body(scope, error), error.status, media_type=PROBLEM_JSON)
    extra = MutableHeaders(raw=answer.raw_headers)
    if error.retry_after_seconds is not None:
        extra["retry-after"] = str(error.retry_after_seconds)
    if error.status == 401:  # noqa: PLR2004 - RFC 9110, section 11.6.1
        extra["www-authenticate"] = "Bearer"
    for name, value in headers.items():
        extra[name.replace("_", "-")] = value
    return answer


def problem_body(scope: Scope, error: DomainError) -> bytes:
    title = error.title_zh if reads_chinese(scope) else error.title
    standard = {
        "type": f"/problems/{error.slug}",
        "title": title,
        "status": int(error.status),
        "detail": error.detail,
        "instance": _printable(scope["path"]),
        "request_id": scope.get("state", {}).get("request_id", ""),
    }
    return _dump(error.context, standard)


def _dump(context: Mapping[str, Any], standard: dict[str, Any]) -> bytes:
    """A document is sent whatever the context holds: members JSON cannot carry are left out."""
    more = {key: value for key, value in context.items() if key not in STANDARD}
    try:
        return orjson.dumps(standard | more, default=_plain)
    except (TypeError, ValueError):
        return json.dumps(standard).encode()


def _plain(value: object) -> object:
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _printable(path: str) -> str:
    return path.encode("utf-8", "replace").decode()[:512]


def reads_chinese(scope: Scope) -> bool:
    """Whether `Accept-Language` asks for Chinese rather than English."""
    for name, value in scope["headers"]:
        if name == b"accept-language":
            return _prefers_chinese(value[:256].decode("latin-1"))
    return False


def _prefers_chinese(accepted: str) -> bool:
    """Whether Chinese is wanted more than English, by weight and then by order."""
    best, is_chinese = 0.0, False
    for part in accepted.split(","):
        tag, _, weight = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language not in {"zh", "en", "*"}:
            continue
        wanted = _weight(weight)
        if wanted > best:
            best, is_chinese = wanted, language == "zh"
    return is_chinese


def _weight(text: str) -> float:
    name, _, number = text.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(number)
    except ValueError:
        return 0.0
