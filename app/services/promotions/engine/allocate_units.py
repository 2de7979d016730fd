"""Spreading a discount over units: first over classes, then inside each (specification 2.6)."""

from collections.abc import Sequence

from app.core.money import allocate
from app.services.pricing.engine import allocate_runs
from app.services.promotions.engine.board import Board, Run


def spread(
    board: Board, runs: Sequence[Run], mask: int, amount_minor: int, candidate: int
) -> list[Run]:
    """Return `runs` with `amount_minor` taken off the units in `mask`.

    Classes are the units of one SKU at one entry price, so that neither the order of lines nor
    the splitting of one changes what a unit pays. No unit goes below its floor.
    """
    skus, floors = board.skus, board.floors
    members: dict[tuple[str, int], list[int]] = {}
    weights: dict[tuple[str, int], int] = {}
    caps: dict[tuple[str, int], int] = {}
    for position, (atom, _, quantity, entry, net, _) in enumerate(runs):
        if mask >> atom & 1:
            key = (skus[atom], -entry)
            room = (net - floors[atom]) * quantity
            if key in members:
                members[key].append(position)
                weights[key] += entry * quantity
                caps[key] += room
            else:
                members[key] = [position]
                weights[key] = entry * quantity
                caps[key] = room
    shares = allocate(amount_minor, [*weights.values()], [*caps.values()], [*members])
    lowered: dict[int, tuple[Run, ...]] = {}
    for share, positions in zip(shares, members.values(), strict=True):
        if not share:
            continue
        if len(positions) == 1:
            run = runs[positions[0]]
            lowered[positions[0]] = _lowered(run, *divmod(share, run.quantity), candidate)
            continue
        parts = [
            (run.quantity, run.entry_minor, run.net_minor - floors[run.atom])
            for run in map(runs.__getitem__, positions)
        ]
        for position, (each, extra) in zip(positions, allocate_runs(share, parts), strict=True):
            lowered[position] = _lowered(runs[position], each, extra, candidate)
    result: list[Run] = []
    for position, run in enumerate(runs):
        result.extend(lowered.get(position) or (run,))
    return result


def _lowered(run: Run, each_minor: int, extra: int, candidate: int) -> tuple[Run, ...]:
    """Take `each_minor` off every unit and one more off the first `extra`, splitting the run."""
    atom, start, quantity, entry, net, shares = run
    low = net - each_minor
    less = (*shares, (candidate, each_minor)) if each_minor else shares
    if not extra:
        return (Run(atom, start, quantity, entry, low, less),)
    more = (*shares, (candidate, each_minor + 1))
    first = Run(atom, start, extra, entry, low - 1, more)
    if extra == quantity:
        return (first,)
    return (first, Run(atom, start + extra, quantity - extra, entry, low, less))
