"""Splitting an amount over runs of equal units at the cost of a run, not of a unit."""

from collections.abc import Sequence
from typing import NamedTuple


class Share(NamedTuple):
    """Every unit of a run gets `each_minor`; its first `extra` units get one more."""

    each_minor: int
    extra: int


def allocate_runs(total_minor: int, runs: Sequence[tuple[int, int, int]]) -> list[Share]:
    """Split `total_minor` over runs of `(count, weight, cap)`, weight and cap being per unit.

    The result is that of `money.allocate` over the single units in the order given: largest
    remainder with caps, spare units by (remainder desc, weight desc, position asc). Raises
    `ValueError` when the caps of the runs that have weight cannot take `total_minor`.
    """
    shares = [Share(0, 0)] * len(runs)
    active = [i for i, (count, weight, _) in enumerate(runs) if count and weight > 0]
    if not 0 <= total_minor <= sum([runs[i][0] * runs[i][2] for i in active]):
        raise ValueError(f"cannot allocate {total_minor} within the caps")
    rest = total_minor
    whole = sum([runs[i][0] * runs[i][1] for i in active])
    while capped := [i for i in active if rest * runs[i][1] > runs[i][2] * whole]:
        for i in capped:
            count, weight, cap = runs[i]
            shares[i] = Share(cap, 0)
            rest -= count * cap
            whole -= count * weight
        fixed = set(capped)
        active = [i for i in active if i not in fixed]
    if not rest:
        return shares
    spare = rest
    by_remainder = []
    for i in active:
        count, weight, _ = runs[i]
        each, remainder = divmod(rest * weight, whole)
        shares[i] = Share(each, 0)
        spare -= count * each
        by_remainder.append((-remainder, -weight, i))
    if spare:
        by_remainder.sort()
        for _, _, i in by_remainder:
            extra = min(spare, runs[i][0])
            shares[i] = Share(shares[i].each_minor, extra)
            spare -= extra
            if not spare:
                break
    return shares
