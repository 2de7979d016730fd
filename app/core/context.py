"""Which request is being answered, for the log and the operation log."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestContext:
    """`id` is the request's `X-Request-Id`, `ip` the address it came from; none in the worker."""

    id: str | None = None
    ip: str | None = None


_NONE = RequestContext()
_current: ContextVar[RequestContext] = ContextVar("request", default=_NONE)


def current() -> RequestContext:
    return _current.get()


def enter(request: RequestContext) -> None:
    """Set the context of the running task; every request runs in a task of its own."""
    _current.set(request)
