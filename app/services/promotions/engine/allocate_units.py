"""Spreading a discount over units: first over classes, then inside each (specification 2.6)."""

from collections.abc import Sequence
from typing import TypeAlias

from app.core.money import allocate
from app.services.pricing.engine import Share, allocate_runs
from app.services.promotions.engine.board import Board, Run, new_run

Heap: TypeAlias = tuple[str, int, int, int]
"""`(sku_id, quantity, entry_minor, room_minor)`: like units that may take a part.

What one of them weighs is its entry price, and it can bear no more than its room.
"""


def share_out(amount_minor: int, heaps: Sequence[Heap]) -> list[Share]:
    """Split an amount over units in proportion to their entry price, none above its room.

    Classes are the units of one SKU at one entry price, so that neither the order of lines nor
    the splitting of one changes what a unit pays. Inside a class spare cents go to the first
    heaps. Raises `ValueError` when the room is too small.
    """
    if len(heaps) == 1:
        return allocate_runs(amount_minor, [heaps[0][1:]])
    keys = [(sku_id, -entry) for sku_id, _, entry, _ in heaps]
    if len(set(keys)) < len(keys):
        return _by_class(amount_minor, heaps, keys)
    weights = [quantity * entry for _, quantity, entry, _ in heaps]
    caps = [quantity * room for _, quantity, _, room in heaps]
    shares = allocate(amount_minor, weights, caps, keys)
    return [divmod(share, heap[1]) for share, heap in zip(shares, heaps, strict=True)]


def _by_class(
    amount_minor: int, heaps: Sequence[Heap], keys: Sequence[tuple[str, int]]
) -> list[Share]:
    """Split an amount over classes of several heaps each; `keys` name the class of each heap."""
    members: dict[tuple[str, int], list[int]] = {}
    for position, key in enumerate(keys):
        if key in members:
            members[key].append(position)
        else:
            members[key] = [position]
    weights = [0] * len(members)
    caps = [0] * len(members)
    for number, positions in enumerate(members.values()):
        for position in positions:
            _, quantity, entry, room = heaps[position]
            weights[number] += quantity * entry
            caps[number] += quantity * room
    result: list[Share] = [(0, 0)] * len(heaps)
    shares = allocate(amount_minor, weights, caps, [*members])
    for share, positions in zip(shares, members.values(), strict=True):
        if len(positions) == 1:
            result[positions[0]] = divmod(share, heaps[positions[0]][1])
        elif share:
            parts = allocate_runs(share, [heaps[position][1:] for position in positions])
            for position, part in zip(positions, parts, strict=True):
                result[position] = part
    return result


def shared_by_atom(board: Board, runs: Sequence[Run], mask: int, amount_minor: int) -> list[int]:
    """Return what all units of each atom pay of an amount that is spread over those in `mask`."""
    by_atom = [0] * len(board.runs)
    touched, heaps = _heaps(board, runs, mask)
    for run, (each, extra) in zip(touched, share_out(amount_minor, heaps), strict=True):
        by_atom[run[0]] += each * run[2] + extra
    return by_atom


def spread(
    board: Board, runs: Sequence[Run], mask: int, amount_minor: int, candidate: int
) -> list[Run]:
    """Return `runs` with `amount_minor` taken off the units in `mask`, none below its floor."""
    touched, heaps = _heaps(board, runs, mask)
    promotion_id = board.ids[candidate]
    shares = share_out(amount_minor, heaps)
    if touched is not runs:
        found = iter(shares)
        shares = [next(found) if mask >> run[0] & 1 else (0, 0) for run in runs]
    result: list[Run] = []
    for run, (each, extra) in zip(runs, shares, strict=True):
        if extra:
            result += lower(run, each, extra, promotion_id)
        elif each:
            atom, start, quantity, entry, net, taken, claims = run
            taken = (*taken, (promotion_id, each))
            result.append(new_run(Run, (atom, start, quantity, entry, net - each, taken, claims)))
        else:
            result.append(run)
    return result


def _heaps(board: Board, runs: Sequence[Run], mask: int) -> tuple[Sequence[Run], list[Heap]]:
    """Return the runs in `mask`, and what can be spread over them."""
    if mask & board.everything != board.everything:
        runs = [run for run in runs if mask >> run[0] & 1]
    skus, floors = board.skus, board.floors
    return runs, [
        (skus[atom], quantity, entry, net - floors[atom])
        for atom, _, quantity, entry, net, _, _ in runs
    ]


def lower(
    run: Run, each_minor: int, extra: int, promotion_id: str, claim: int = 0
) -> tuple[Run, ...]:
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
