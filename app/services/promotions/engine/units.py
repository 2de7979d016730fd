"""Discounts on single units: each unit takes the compatible ones that save most (spec. 2.4)."""

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple, cast

from app.services.promotions.engine.actions import UnitAction
from app.services.promotions.engine.allocate_units import Heap, lower, share_out
from app.services.promotions.engine.board import Run
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.heaviest import Offer, heaviest
from app.services.promotions.engine.state import State, Taking

by_rank = attrgetter("rank")


class _Wish(NamedTuple):
    """What a promotion would take off each unit of a run, floors and its limit aside."""

    position: int
    off_minor: int


def saving(candidate: Candidate, state: State) -> int:
    """Return what the promotion takes off when no other of its kind is chosen."""
    if candidate.is_short(state.before(candidate.position)):
        return 0
    floors, total = state.board.floors, 0
    for run, off in _offs(candidate, state.opening(candidate.position)):
        total += min(off, run.net_minor - floors[run.atom]) * run.quantity
    return total if candidate.limit_minor is None else min(total, candidate.limit_minor)


def apply_units(state: State, picks: Sequence[Candidate], entry: State) -> None:
    """Discount the units; where a floor leaves too little, higher priority takes first."""
    if state.parent is None:
        raise ValueError("nothing is applied to the root")
    runs = state.parent.opening(state.position)
    ranked = sorted((p for p in picks if not p.is_short(entry)), key=by_rank)
    wishes = _wishes(ranked, runs)
    cells: list[tuple[Run, ...]] = [(run,) for run in runs]
    takings = [
        taking
        for pick in ranked
        if pick.index in wishes and (taking := _take(state, pick, wishes[pick.index], cells))
    ]
    placed = [run for cell in cells for run in cell]
    by_atom = [0] * len(state.board.runs)
    for before, cell in zip(runs, cells, strict=True):
        for run in cell:
            by_atom[run.atom] += (before.net_minor - run.net_minor) * run.quantity
    state.place(takings, lambda: by_atom, lambda: placed)


def _wishes(ranked: Sequence[Candidate], runs: Sequence[Run]) -> dict[int, list[_Wish]]:
    """Return what each promotion would take off the runs it is chosen for."""
    offers: list[list[Offer]] = [[] for _ in runs]
    for pick in ranked:
        mask, apart, action = pick.mask, pick.apart, cast("UnitAction", pick.action)
        for position, run in enumerate(runs):
            if mask >> run.atom & 1 and not run.claims & apart:
                off = action.off_minor(run.entry_minor)
                if off:
                    offers[position].append((pick, off))
    wishes: dict[int, list[_Wish]] = {}
    for position, offered in enumerate(offers):
        for pick, off in heaviest(offered):
            wishes.setdefault(pick.index, []).append(_Wish(position, off))
    return wishes


def _offs(candidate: Candidate, runs: Sequence[Run]) -> list[tuple[Run, int]]:
    """Return the runs the promotion may touch, with what its terms take off each unit."""
    mask, apart, action = candidate.mask, candidate.apart, cast("UnitAction", candidate.action)
    return [
        (run, action.off_minor(run.entry_minor))
        for run in runs
        if mask >> run.atom & 1 and not run.claims & apart
    ]


def _take(
    state: State, pick: Candidate, wishes: Sequence[_Wish], cells: list[tuple[Run, ...]]
) -> Taking | None:
    """Take one promotion's amounts off the runs in `cells`, within floors and its limit."""
    board = state.board
    places: list[tuple[int, int]] = []
    heaps: list[Heap] = []
    mask = raw = 0
    for position, off in wishes:
        for number, run in enumerate(cells[position]):
            room = min(off, run.net_minor - board.floors[run.atom])
            places.append((position, number))
            heaps.append(Heap(board.skus[run.atom], run.quantity, run.entry_minor, room))
            raw += off * run.quantity
            if room:
                mask |= 1 << run.atom
    total = sum([heap.quantity * heap.room_minor for heap in heaps])
    limit = pick.limit_minor
    if not total:
        return None
    if limit is None or total <= limit:
        shares = [(heap.room_minor, 0) for heap in heaps]
    else:
        total = limit
        shares = [(each, extra) for each, extra in share_out(limit, heaps)]
    lowered: dict[int, list[Run]] = {}
    for (position, number), (each, extra) in zip(places, shares, strict=True):
        claim = pick.bit if each or extra else 0
        lowered.setdefault(position, []).extend(
            lower(cells[position][number], each, extra, pick.index, claim)
        )
    for position, runs in lowered.items():
        cells[position] = tuple(runs)
    return Taking(pick.index, mask, total, raw if limit is None else min(raw, limit))
