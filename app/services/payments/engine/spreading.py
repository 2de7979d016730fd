"""Splitting an amount over many alike: `allocate` for runs of equal weights."""

from collections.abc import Sequence
from typing import NamedTuple


class Weight(NamedTuple):
    """`quantity` units that weigh `each_minor` and can take as much."""

    each_minor: int
    quantity: int


class Share(NamedTuple):
    """`quantity` units that get `each_minor`."""

    each_minor: int
    quantity: int


def spread(total_minor: int, weights: Sequence[Weight]) -> list[tuple[Share, ...]]:
    """Split `total_minor` in proportion, no unit above its weight: one or two shares per run.

    The same as `app.core.money.allocate` over single units whose caps are their weights and whose
    keys are in order, without unfolding the runs: units that weigh the same have the same
    remainder, so those that get a cent more are the first of their run. Raises `ValueError` when
    `total_minor` is negative or more than everything weighs.
    """
    whole = sum(weight.each_minor * weight.quantity for weight in weights)
    if not 0 <= total_minor <= whole:
        raise ValueError(f"cannot spread {total_minor} over {whole}")
    if not total_minor:
        return [(Share(0, weight.quantity),) for weight in weights]
    floors = []
    by_remainder = []
    spare = total_minor
    for place, (each, quantity) in enumerate(weights):
        share, remainder = divmod(total_minor * each, whole)
        floors.append(share)
        spare -= share * quantity
        by_remainder.append((-remainder, -each, place))
    more = [0] * len(weights)
    for _, _, place in sorted(by_remainder):
        more[place] = min(spare, weights[place].quantity)
        spare -= more[place]
        if not spare:
            break
    return [
        tuple(
            share
            for share in (Share(floor + 1, extra), Share(floor, weight.quantity - extra))
            if share.quantity
        )
        for floor, extra, weight in zip(floors, more, weights, strict=True)
    ]
