"""Which batches pieces come from: what expires first goes first. Pure."""

from collections.abc import Iterable, Mapping, Sequence
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


def take(
    levels: Iterable[BatchLevel], pieces: int, first: Mapping[UUID, int] | None = None
) -> tuple[Part, ...]:
    """Pieces of the batches that expire first, those that never do last; some are meant `first`.

    Fewer than asked for where there are no more.
    """
    ordered = sorted(levels, key=_order)
    meant = [
        level._replace(pieces=min(level.pieces, n))
        for level in ordered
        if (n := (first or {}).get(level.batch_id, 0)) > 0
    ]
    parts: dict[UUID, int] = {}
    for level in (*meant, *ordered):
        there = parts.get(level.batch_id, 0)
        if (n := min(level.pieces - there, pieces)) > 0:
            parts[level.batch_id] = there + n
            pieces -= n
    return tuple(parts.items())


def less(levels: Iterable[BatchLevel], parts: Sequence[Part]) -> list[BatchLevel]:
    """What is left of batches of which parts were taken."""
    taken = dict(parts)
    return [level._replace(pieces=level.pieces - taken.get(level.batch_id, 0)) for level in levels]


class Happened(NamedTuple):
    """What a sale that has happened took: batches on the shelf, frozen ones, and those not to sell.

    `unfit` pieces are among `shelf`; what is missing of the sale is short.
    """

    shelf: tuple[Part, ...]
    frozen: tuple[Part, ...]
    unfit: int


def happened(
    shelf: Sequence[BatchLevel],
    frozen: Sequence[BatchLevel],
    pieces: int,
    *,
    free: int,
    shelf_days: int,
    day: date,
) -> Happened:
    """What pieces that were sold on a day are taken from, of which `free` are on the shelf.

    Batches that were sold that day come first, whether they lie on the shelf still or were `frozen`
    since, what expires first before all; then whatever lies there.
    """
    ranked = [
        (
            not _was_sold(level, shelf_days, day, is_frozen=is_frozen),
            _order(level),
            is_frozen,
            level,
        )
        for is_frozen, levels in ((False, shelf), (True, frozen))
        for level in levels
    ]
    room = {False: free, True: pieces}
    parts: dict[bool, list[Part]] = {False: [], True: []}
    unfit = 0
    for is_unfit, _, is_frozen, level in sorted(ranked, key=lambda each: each[:3]):
        n = min(level.pieces, pieces, room[is_frozen])
        if n > 0:
            parts[is_frozen].append((level.batch_id, n))
            room[is_frozen] -= n
            pieces -= n
            unfit += n * is_unfit
    return Happened(tuple(parts[False]), tuple(parts[True]), unfit)


def _was_sold(level: BatchLevel, shelf_days: int, day: date, *, is_frozen: bool) -> bool:
    """What was frozen since then was open then."""
    state = BatchState.OPEN if is_frozen else level.state
    return is_sold(level._replace(state=state), shelf_days, day)


def total(parts: Sequence[Part]) -> int:
    return sum(n for _, n in parts)


def _order(level: BatchLevel) -> tuple[bool, date, str]:
    return level.expires_on is None, level.expires_on or date.max, level.number
