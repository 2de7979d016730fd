"""Splitting an amount over runs of equal units at the cost of a run, not of a unit."""

from collections.abc import Sequence
from typing import TypeAlias

Share: TypeAlias = tuple[int, int]
"""`(each_minor, extra)`: every unit of a run gets `each_minor`, its first `extra` one more."""


def allocate_runs(total_minor: int, runs: Sequence[tuple[int, int, int]]) -> list[Share]:
    """Split `total_minor` over runs of `(count, weight, cap)`, weight and cap being per unit.

    The result is that of `money.allocate` over the single units in the order given: largest
    remainder with caps, spare units by (remainder desc, weight desc, position asc). Raises
    `ValueError` when the caps of the runs that have weight cannot take `total_minor`.
    """
    whole = room = 0
    for count, weight, cap in runs:
        whole += count * weight
        if weight:
            room += count * cap
    if not 0 <= total_minor <= room:
        raise ValueError(f"cannot allocate {total_minor} within the caps")
    if not total_minor:
        return [(0, 0)] * len(runs)
    rest, fixed = total_minor, []
    while capped := [i for i, (_, weight, cap) in enumerate(runs) if rest * weight > cap * whole]:
        # A run that is fixed no longer counts among the weights of those that are split.
        runs = [*runs]
        for i in capped:
            count, weight, cap = runs[i]
            rest -= count * cap
            whole -= count * weight
            runs[i] = (count, 0, 0)
            fixed.append((i, cap))
    shares = apportion_runs(rest, whole, runs)
    for i, cap in fixed:
        shares[i] = (cap, 0)
    return shares


def apportion_runs(
    total_minor: int, whole: int, runs: Sequence[tuple[int, int, int]]
) -> list[Share]:
    """Split like `allocate_runs` where no cap is in the way; `whole` sums the weights of all units.

    What the caps are does not matter.
    """
    if not total_minor:
        return [(0, 0)] * len(runs)
    if len(runs) == 2:  # noqa: PLR2004 - as most lines are that come apart by a cent
        return _in_two(total_minor, whole, *runs)
    spare = total_minor
    shares, by_remainder = [], []
    for i, (count, weight, _) in enumerate(runs):
        each, remainder = divmod(total_minor * weight, whole)
        spare -= count * each
        shares.append((each, 0))
        by_remainder.append((-remainder, -weight, i))
    if spare:
        by_remainder.sort()
        for _, _, i in by_remainder:
            extra = min(spare, runs[i][0])
            shares[i] = (shares[i][0], extra)
            spare -= extra
            if not spare:
                break
    return shares


def _in_two(
    total_minor: int, whole: int, first: tuple[int, int, int], second: tuple[int, int, int]
) -> list[Share]:
    (count, weight, _), (other_count, other_weight, _) = first, second
    each, remainder = divmod(total_minor * weight, whole)
    other, other_remainder = divmod(total_minor * other_weight, whole)
    spare = total_minor - each * count - other * other_count
    if (remainder, weight) >= (other_remainder, other_weight):
        extra = min(spare, count)
    else:
        extra = spare - min(spare, other_count)
    return [(each, extra), (other, spare - extra)]
