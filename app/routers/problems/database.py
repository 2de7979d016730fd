"""What a failing database means to a client, by SQLSTATE. The SQL is never shown."""

import random
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError

from app.core.db import PoolTimeout
from app.core.errors import AlreadyExists, DomainError, InvalidReference
from app.routers.problems.errors import (
    Busy,
    ConstraintViolated,
    Contention,
    DatabaseUnavailable,
    InternalError,
    InvalidRequest,
    Overloaded,
)

FAILURES: Final = (DBAPIError, PoolTimeout, DisconnectionError)


def _contention(_rule: str | None) -> DomainError:
    return Contention("Send the request again", retry_after_seconds=_soon())


def _busy(_rule: str | None) -> DomainError:
    return Busy("Somebody else holds it; send it again", retry_after_seconds=_soon())


def _taken(rule: str | None) -> DomainError:
    return AlreadyExists("A value that must be unique is taken", rule=rule)


def _unknown(rule: str | None) -> DomainError:
    return InvalidReference("The request names an unknown thing", rule=rule)


def _violated(rule: str | None) -> DomainError:
    return ConstraintViolated("The change breaks a rule", rule=rule)


def _invalid(_rule: str | None) -> DomainError:
    return InvalidRequest("A value is out of range", errors=[])


def _unavailable(_rule: str | None) -> DomainError:
    return DatabaseUnavailable("Send the request again", retry_after_seconds=_soon())


# By SQLSTATE or its class; the first match counts.
STATES: Final[Mapping[str, Callable[[str | None], DomainError]]] = {
    "40001": _contention,
    "40P01": _contention,
    "55P03": _busy,
    "23505": _taken,
    "23503": _unknown,
    "23514": _violated,
    "23P01": _violated,
    "23001": _violated,
    "25006": _unavailable,  # a write in a read-only session: a failover is going on
    "25P": _unavailable,  # the server ended a transaction that took too long
    "22": _invalid,
    "08": _unavailable,
    "53": _unavailable,
    "57": _unavailable,
    "58": _unavailable,
}


def database_problem(error: Exception) -> DomainError:
    """The refusal for an error of the driver or the pool; a bug stays an internal error.

    Waits are jittered so that refused clients do not come back together.
    """
    if isinstance(error, PoolTimeout):
        return Overloaded("No database connection was free in time", retry_after_seconds=_soon())
    state = _sqlstate(error)
    if state is None:
        return _without_state(error)
    return _by_state(state, error)


def _by_state(state: str, error: Exception) -> DomainError:
    for prefix, tell in STATES.items():
        if state.startswith(prefix):
            return tell(_constraint(error))
    return InternalError("The request was not carried out")


def _without_state(error: Exception) -> DomainError:
    """The driver gave up by itself: the connection broke, a wait ended, or it refused a value."""
    cause = getattr(error, "orig", None)
    lost = isinstance(error, InterfaceError | OperationalError | DisconnectionError)
    if lost or getattr(error, "connection_invalidated", False) or isinstance(cause, OSError):
        return _unavailable(None)
    if "DataError" in type(cause).__name__ or "DataError" in type(error).__name__:
        return _invalid(None)
    return InternalError("The request was not carried out")


def _sqlstate(error: Exception) -> str | None:
    cause = getattr(error, "orig", None)
    for each in (cause, getattr(cause, "__cause__", None)):
        state = getattr(each, "sqlstate", None)
        if isinstance(state, str):
            return state
    return None


def _constraint(error: Exception) -> str | None:
    cause = getattr(getattr(error, "orig", None), "__cause__", None)
    name = getattr(cause, "constraint_name", None)
    return name if isinstance(name, str) else None


def _soon() -> int:
    return random.randint(1, 3)  # noqa: S311 - spreads retries, guards nothing
