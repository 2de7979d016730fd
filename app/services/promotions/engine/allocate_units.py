"""Spreading a discount over units: first over classes, then inside each (specification 2.6)."""

from collections.abc import Sequence
from typing import TypeAlias

from app.core.money import allocate, apportion
from app.services.pricing.engine import Share, allocate_runs
from app.services.promotions.engine.board import Board, Run, new_run

Heap: TypeAlias = tuple[str, int, int, int]
"""`(sku_id, quantity, entry_minor, room_minor)`: like units that may take a part.

What one of them weighs is its entry price, and it can bear no more than its room.
"""


def share_out(amount_minor: int, heaps: Sequence[Heap], *, is_free: bool = False) -> list[Share]:
    """Split an amount over units in proportion to their entry price, none above its room.

    Classes are the units of one SKU at one entry price, so that neither the order of lines nor
    the splitting of one changes what a unit pays. Inside a class spare cents go to the first
    heaps. Raises `ValueError` when the room is too small; it is not looked at where all are
    `is_free`, and can be lowered to nothing.
    """
    if len(heaps) == 1:
        return allocate_runs(amount_minor, [heaps[0][1:]])
    keys = [(sku_id, -entry) for sku_id, _, entry, _ in heaps]
    if len(set(keys)) < len(keys):
        return _by_class(amount_minor, heaps, keys, is_free=is_free)
    weights = [quantity * entry for _, quantity, entry, _ in heaps]
    if is_free:
        shares = apportion(amount_minor, sum(weights), weights, keys)
    else:
        caps = [quantity * room for _, quantity, _, room in heaps]
        shares = allocate(amount_minor, weights, caps, keys)
    return [divmod(share, heap[1]) for share, heap in zip(shares, heaps, strict=True)]


def _by_class(
    amount_minor: int, heaps: Sequence[Heap], keys: Sequence[tuple[str, int]], *, is_free: bool
) -> list[Share]:
    """Split an amount over classes of several heaps each; `keys` name the class of each heap."""
    members: dict[tuple[str, int], list[int]] = {}
    for position, key in enumerate(keys):
        if key in members:
            members[key].append(position)
        else:
            members[key] = [position]
    weights = [
        sum([heaps[p][1] for p in positions]) * -key[1] for key, positions in members.items()
    ]
    if is_free:
        shares = apportion(amount_minor, sum(weights), weights, [*members])
    else:
        caps = [sum([heaps[p][1] * heaps[p][3] for p in each]) for each in members.values()]
        shares = allocate(amount_minor, weights, caps, [*members])
    result: list[Share] = [(0, 0)] * len(heaps)
    for share, positions in zip(shares, members.values(), strict=True):
        if len(positions) == 1:
            result[positions[0]] = divmod(share, heaps[positions[0]][1])
        elif share:
            parts = allocate_runs(share, [heaps[position][1:] for position in positions])
            for position, part in zip(positions, parts, strict=True):
                result[position] = part
    return result


def shared_by_atom(
    board: Board, runs: Sequence[Run], taking: tuple[int, int, int, int], *, is_new: bool
) -> list[int]:
    """Return what all units of each atom pay of an amount taken off; see `spread`."""
    _, mask, amount, _ = taking
    by_atom = [0] * len(board.runs)
    if mask & board.everything != board.everything:
        runs = [run for run in runs if mask >> run[0] & 1]
    for run, (each, extra) in zip(runs, _shares(board, runs, amount, is_new=is_new), strict=True):
        by_atom[run[0]] += each * run[2] + extra
    return by_atom


def spread(
    board: Board, runs: Sequence[Run], taking: tuple[int, int, int, int], *, is_new: bool
) -> list[Run]:
    """Return `runs` with an amount taken off the units of its mask, none below its floor.

    It weighs on units by their entry price; with `is_new` a stage begins, and what they cost now is
    their entry price from here on.
    """
    candidate, mask, amount, _ = taking
    if mask & board.everything == board.everything:
        shares = _shares(board, runs, amount, is_new=is_new)
    else:
        touched = [run for run in runs if mask >> run[0] & 1]
        found = iter(_shares(board, touched, amount, is_new=is_new))
        shares = [next(found) if mask >> run[0] & 1 else (0, 0) for run in runs]
    promotion_id = board.ids[candidate]
    result: list[Run] = []
    for run, (each, extra) in zip(runs, shares, strict=True):
        atom, start, quantity, entry, net, taken, claims = run
        if is_new:
            entry = net
        low = net - each
        if extra:
            more = (*taken, (promotion_id, each + 1))
            result.append(new_run(Run, (atom, start, extra, entry, low - 1, more, claims)))
            start += extra
            quantity -= extra
        if quantity:
            less = (*taken, (promotion_id, each)) if each else taken
            result.append(new_run(Run, (atom, start, quantity, entry, low, less, claims)))
    return result


def _shares(board: Board, runs: Sequence[Run], amount_minor: int, *, is_new: bool) -> list[Share]:
    skus, floors = board.skus, board.floors
    if is_new:
        heaps = [(skus[run[0]], run[2], run[4], run[4] - floors[run[0]]) for run in runs]
    else:
        heaps = [(skus[run[0]], run[2], run[3], run[4] - floors[run[0]]) for run in runs]
    return share_out(amount_minor, heaps, is_free=is_new and not board.has_floors)
