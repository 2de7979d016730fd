"""When a delivery is tried again, and what an answer means."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus

from app.core.enums.webhooks import AttemptError

_MINUTE, _HOUR = 60, 3_600
WAITS: Sequence[int] = (
    5,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
"""Seconds after each failed attempt: three days in all, as Standard Webhooks proposes."""

ATTEMPTS = len(WAITS) + 1
JITTER = 0.2
"""The share of a wait that is drawn on top, so that what failed together comes back apart."""

FAILS_FOR = timedelta(days=3)
"""After so long without one success an endpoint is disabled."""


def wait_after(attempts: int, draw: float) -> float | None:
    """Seconds until the next attempt after `attempts` failed ones; None when there is none.

    `draw` is between 0 and 1.
    """
    if attempts >= ATTEMPTS:
        return None
    return WAITS[max(attempts, 1) - 1] * (1 + JITTER * draw)


def error_of(status: int) -> AttemptError | None:
    """Why an answer does not count as received; None for 2xx, which does."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return AttemptError.REDIRECT
    return AttemptError.REFUSED


def is_gone(status: int | None) -> bool:
    """410 is how an endpoint says that it wants to hear nothing any more."""
    return status == HTTPStatus.GONE
