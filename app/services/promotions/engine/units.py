"""Discounts on single units: each unit takes the compatible ones that save most (spec. 2.4)."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple, cast

from app.services.promotions.engine.actions import UnitAction
from app.services.promotions.engine.allocate_units import Heap, share_out
from app.services.promotions.engine.board import Board, Run, new_run
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.effects import Taking
from app.services.promotions.engine.heaviest import Offer, heaviest
from app.services.promotions.engine.state import State

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
    picked = [pick for pick in ranked if pick.index in wishes]
    if _fit(picked, wishes, runs, state.board.floors):
        _place_whole(state, picked, wishes, runs)
        return
    takings, cells = _take_all(state.board, picked, wishes, runs)
    by_atom = [0] * len(state.board.runs)
    for before, cell in zip(runs, cells, strict=True):
        for run in cell:
            by_atom[run.atom] += (before.net_minor - run.net_minor) * run.quantity
    state.place(
        sum(by_atom),
        lambda: takings,
        by_atom,
        lambda: [run for cell in cells for run in cell],
    )


def _fit(
    picked: Sequence[Candidate],
    wishes: Mapping[int, Sequence[_Wish]],
    runs: Sequence[Run],
    floors: Sequence[int],
) -> bool:
    """Whether all wishes can be met: no limits, and no floor in the way."""
    if any(pick.limit_minor is not None for pick in picked):
        return False
    left = [run.net_minor - floors[run.atom] for run in runs]
    for pick in picked:
        for position, off in wishes[pick.index]:
            left[position] -= off
    return min(left, default=0) >= 0


def _place_whole(
    state: State,
    picked: Sequence[Candidate],
    wishes: Mapping[int, Sequence[_Wish]],
    runs: Sequence[Run],
) -> None:
    """Set discounts that all fit; single units are laid out when somebody looks."""
    by_atom = [0] * len(state.board.runs)
    takings = []
    for pick in picked:
        total = mask = 0
        for position, off in wishes[pick.index]:
            run = runs[position]
            by_atom[run.atom] += off * run.quantity
            total += off * run.quantity
            mask |= 1 << run.atom
        takings.append(Taking(pick.index, mask, total, total))

    def lay_out() -> Sequence[Run]:
        cells = _take_all(state.board, picked, wishes, runs)[1]
        return [run for cell in cells for run in cell]

    state.place(sum(by_atom), lambda: takings, by_atom, lay_out)


def _take_all(
    board: Board,
    picked: Sequence[Candidate],
    wishes: Mapping[int, Sequence[_Wish]],
    runs: Sequence[Run],
) -> tuple[list[Taking], list[tuple[Run, ...]]]:
    """Let the promotions take their wishes by rank; return what they took and the units after."""
    cells: list[tuple[Run, ...]] = [(run,) for run in runs]
    found = [_take(board, pick, wishes[pick.index], cells) for pick in picked]
    return [taking for taking in found if taking is not None], cells


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
    board: Board, pick: Candidate, wishes: Sequence[_Wish], cells: list[tuple[Run, ...]]
) -> Taking | None:
    """Take one promotion's amounts off the runs in `cells`, within floors and its limit."""
    places: list[tuple[int, int]] = []
    heaps: list[Heap] = []
    mask = raw = 0
    for position, off in wishes:
        for number, run in enumerate(cells[position]):
            room = min(off, run.net_minor - board.floors[run.atom])
            places.append((position, number))
            heaps.append((board.skus[run.atom], run.quantity, run.entry_minor, room))
            raw += off * run.quantity
            if room:
                mask |= 1 << run.atom
    total = sum([quantity * room for _, quantity, _, room in heaps])
    limit = pick.limit_minor
    if not total:
        return None
    if limit is None or total <= limit:
        shares = [(room, 0) for *_, room in heaps]
    else:
        total = limit
        shares = share_out(limit, heaps)
    lowered: dict[int, list[Run]] = {}
    for (position, number), (each, extra) in zip(places, shares, strict=True):
        claim = pick.bit if each or extra else 0
        lowered.setdefault(position, []).extend(
            _lower(cells[position][number], each, extra, pick.promotion.id, claim)
        )
    for position, runs in lowered.items():
        cells[position] = tuple(runs)
    return Taking(pick.index, mask, total, raw if limit is None else min(raw, limit))


def _lower(run: Run, each_minor: int, extra: int, promotion_id: str, claim: int) -> tuple[Run, ...]:
    """Take `each_minor` off every unit and one more off the first `extra`, splitting the run."""
    atom, start, quantity, entry, net, shares, claims = run
    claims |= claim
    low = net - each_minor
    less = (*shares, (promotion_id, each_minor)) if each_minor else shares
    if not extra:
        return (new_run(Run, (atom, start, quantity, entry, low, less, claims)),)
    more = (*shares, (promotion_id, each_minor + 1))
    first = new_run(Run, (atom, start, extra, entry, low - 1, more, claims))
    if extra == quantity:
        return (first,)
    left = (atom, start + extra, quantity - extra, entry, low, less, claims)
    return (first, new_run(Run, left))
