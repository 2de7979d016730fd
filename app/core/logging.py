"""One event is one line of JSON with known fields; anything else is dropped, secrets included."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import orjson
import structlog
from typing_extensions import override

from app.core.context import current

Event: TypeAlias = MutableMapping[str, Any]

FIELDS: Final = frozenset(
    "event level at request_id principal ip method route status problem duration_ms "  # noqa: SIM905
    "error message frames slug logger job name seconds count rows attempts message_id state key "
    "order_id plan_id attempt_id refund_id gateway reason table".split()
)
PRIVATE: Final = frozenset(
    {"sqlalchemy", "asyncpg", "pydantic", "pydantic_core", "fastapi", "jose"}
)
"""Libraries whose exceptions quote statements, parameters or input in their message."""
MAX_FRAMES = 30
_state: dict[str, Any] = {"is_verbose": False, "sink": None}


def configure_logging(level: str = "info") -> None:
    """Send structlog and the standard library's loggers to stdout as JSON lines. Call once."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[_complete, _explain, _known, _render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=_Sink,
        cache_logger_on_first_use=True,
    )
    _state["is_verbose"], _state["sink"] = number <= logging.INFO, _Sink()
    logging.basicConfig(handlers=[_Bridge()], level=number, force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        theirs = logging.getLogger(name)
        theirs.handlers, theirs.propagate = [], True
    logging.getLogger("uvicorn.access").disabled = True  # the edge writes its own
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines hold whole addresses


def log_request(**fields: Any) -> None:
    """Write the line of an answered request; the short way, since there is one for each."""
    if _state["is_verbose"]:
        fields["event"] = "request"
        _state["sink"].msg(_render(None, "info", _complete(None, "info", fields)))


class _Sink:
    """Writes lines to stdout. A full or broken disk loses lines, never a request."""

    def __init__(self, *_args: Any) -> None:
        self._stream = sys.stdout.buffer

    def msg(self, line: bytes) -> None:
        try:
            self._stream.write(line)
            self._stream.flush()
        except (OSError, ValueError):
            return

    debug = info = warning = error = critical = exception = msg


class _Bridge(logging.Handler):
    """Passes what other libraries log on as events."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        event: Event = {"event": record.getMessage()[:500], "logger": record.name}
        event["exc_info"] = record.exc_info
        method = record.levelname.lower()
        event = _known(None, method, _explain(None, method, _complete(None, method, event)))
        _Sink().msg(_render(None, method, event))


def _complete(_logger: Any, method: str, event: Event) -> Event:
    event["level"] = method
    event["at"] = datetime.now(UTC)
    if "request_id" not in event and (request_id := current().id) is not None:
        event["request_id"] = request_id
    return event


def _explain(_logger: Any, _method: str, event: Event) -> Event:
    """Turn `exc_info` into the type and the frames of the exception, without its secrets."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if error is True:
        error = sys.exc_info()[1]
    if not isinstance(error, BaseException):
        return event
    event["error"] = type(error).__name__
    if type(error).__module__.partition(".")[0] not in PRIVATE:
        event["message"] = str(error)[:500]
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    event["frames"] = [f"{each.filename}:{each.lineno} {each.name}" for each in frames]
    return event


def _known(_logger: Any, _method: str, event: Event) -> Event:
    return {key: value for key, value in event.items() if key in FIELDS}


def _render(_logger: Any, _method: str, event: Event) -> bytes:
    try:
        return orjson.dumps(event, default=str, option=orjson.OPT_APPEND_NEWLINE)
    except (TypeError, ValueError):
        plain = {key: repr(value) for key, value in event.items()}
        return orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE)
