"""How much later promotions can make of discounts that are still to be decided.

Every cent an undecided item promotion takes off lowers what later ones are measured by. Where no
threshold and no step of theirs lies in between, they lose less than that cent, so the most both
can save together is found as if all of it were taken off.
"""

from collections.abc import Sequence
from itertools import compress
from typing import cast

from app.services.promotions.engine.actions import AmountAction, Kind
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.evaluate import most_worth
from app.services.promotions.engine.state import State

WHOLE_BPS = 10_000


def most_together(
    cliques: Sequence[Sequence[Candidate]], state: State, open_by_atom: Sequence[int]
) -> int:
    """Return the most one of each clique is worth, on top of all `open_by_atom` being taken off.

    `open_by_atom` is the most that what is undecided takes off all units of each atom. The sum of
    both bounds what any choice of the undecided and of the cliques is worth.
    """
    total = slopes = loose = 0
    for clique in cliques:
        best = slope = most = 0
        for candidate in clique:
            if candidate.alone <= best:
                break
            worth = most_worth(candidate, state)
            most = max(most, worth)
            if worth > best:
                lowered, falls = _lowered(candidate, state, open_by_atom, worth)
                best, slope = max(best, lowered), max(slope, falls)
        total += best
        loose += most
        slopes += slope
    return total if slopes <= WHOLE_BPS else loose


def _lowered(
    candidate: Candidate, state: State, open_by_atom: Sequence[int], worth: int
) -> tuple[int, int]:
    """Return the worth when all that is open is taken off, and by how much it falls at most.

    The worth before, and no fall, where a threshold or a step lies in between.
    """
    select = state.board.selector
    for need, mask in candidate.thresholds:
        if state.most_over(mask) - sum(compress(open_by_atom, select(mask))) < need:
            return worth, 0
    if candidate.kind is not Kind.AMOUNT:
        return worth, 0
    high = state.most_over(candidate.mask)
    low = high - sum(compress(open_by_atom, select(candidate.mask)))
    action = cast("AmountAction", candidate.action)
    slope = action.slope_bps(low, high, candidate.quantity)
    off = action.off_minor(max(0, low), candidate.quantity)
    if slope is None or off > low - candidate.floor_minor:
        return worth, 0
    if candidate.limit_minor is not None:
        off = min(off, candidate.limit_minor)
    rounding = 1 if slope else 0
    return min(worth, (off + rounding) * state.board.scale), slope
