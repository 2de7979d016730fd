"""What may be in a path and a query string."""

from urllib.parse import parse_qsl, unquote_to_bytes

from starlette.types import Scope

from app.routers.problems.errors import InvalidRequest
from app.routers.routes import scalar_parameters

MAX_QUERY_BYTES = 8_192
MAX_PARAMETERS = 100


def check(scope: Scope) -> None:
    """Raise `InvalidRequest` for a NUL, for invalid UTF-8 and for a parameter sent twice."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%" in raw or not raw.isascii():
        _check_text(unquote_to_bytes(raw), "path")
    elif "\x00" in scope["path"]:
        raise _invalid("path", "nul")
    query: bytes = scope["query_string"]
    if query:
        _check_query(scope, query)


def _check_query(scope: Scope, query: bytes) -> None:
    if len(query) > MAX_QUERY_BYTES:
        raise _invalid("query", "too-long")
    if b"%" in query or not query.isascii():
        _check_text(unquote_to_bytes(query), "query")
    if b"&" not in query:
        return
    names = [name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)]
    if len(names) > MAX_PARAMETERS:
        raise _invalid("query", "too-many")
    if len(set(names)) == len(names):
        return
    repeated = {name for name in names if names.count(name) > 1} & scalar_parameters(scope)
    if repeated:
        raise _invalid(f"query/{min(repeated)[:64]}", "repeated")


def _check_text(raw: bytes, part: str) -> None:
    if b"\x00" in raw:
        raise _invalid(part, "nul")
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise _invalid(part, "not-utf-8") from error


def _invalid(pointer: str, code: str) -> InvalidRequest:
    messages = {
        "nul": "A NUL cannot be part of a text",
        "not-utf-8": "Not valid UTF-8",
        "too-long": "The query is too long",
        "too-many": "Too many parameters",
        "repeated": "Send this parameter once",
    }
    field = {"pointer": f"/{pointer}", "code": code, "message": messages[code]}
    return InvalidRequest("1 field(s) are invalid", errors=[field])
