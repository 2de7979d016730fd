"""Which batches pieces come from: what expires first goes first. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from app.core.enums.inventory import BatchState

Part = tuple[UUID, int]
"""Pieces of a batch."""


class BatchLevel(NamedTuple):
    """Pieces of one grade of a batch that lie in a warehouse."""

    batch_id: UUID
    number: str
    expires_on: date | None
    state: BatchState
    pieces: int


def last_day(expires_on: date | None, shelf_days: int) -> date | None:
    """The last day on which pieces of a batch are sold; None if they are for ever.

    What expires on a day is sold until the day before, `shelf_days` earlier.
    """
    return None if expires_on is None else expires_on - timedelta(days=shelf_days + 1)


def is_sold(level: BatchLevel, shelf_days: int, today: date) -> bool:
    """Whether pieces of a batch may go to a buyer."""
    until = last_day(level.expires_on, shelf_days)
    return level.state is BatchState.OPEN and (until is None or today <= until)


def take(levels: Iterable[BatchLevel], pieces: int) -> tuple[Part, ...]:
    """Pieces of the batches that expire first, those that never do last.

    Fewer than asked for where there are no more.
    """
    parts: list[Part] = []
    for level in sorted(levels, key=_order):
        if pieces <= 0:
            break
        if (n := min(level.pieces, pieces)) > 0:
            parts.append((level.batch_id, n))
            pieces -= n
    return tuple(parts)


def total(parts: Sequence[Part]) -> int:
    return sum(n for _, n in parts)


def _order(level: BatchLevel) -> tuple[bool, date, str]:
    return level.expires_on is None, level.expires_on or date.max, level.number
