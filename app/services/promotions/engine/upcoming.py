"""What a little more would bring: the next threshold of a promotion (specification 2.9)."""

from collections.abc import Sequence
from typing import NamedTuple

from app.services.promotions.engine.actions import (
    AmountAction,
    GroupAction,
    UnitAction,
)
from app.services.promotions.engine.actions.base import AMOUNT, FEE, GROUP, UNIT, Pile
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.gifts import gift_of
from app.services.promotions.engine.groups import pools_of
from app.services.promotions.engine.reasons import NO_GAP, Gap
from app.services.promotions.engine.state import State


class Upcoming(NamedTuple):
    """What is missing, what is taken off then, and the list value of what is given then."""

    gap: Gap
    off_minor: int
    gift_minor: int = 0


_NOTHING = Upcoming(NO_GAP, 0)


def upcoming(candidate: Candidate, entry: State, given_up: int) -> Upcoming:
    """Return the next threshold when the stage starts from `entry`; nothing where there is none.

    What would take off no more than is `given_up` for it may be left out: it is no gain.
    """
    gap = candidate.gap(entry)
    found, kind = _NOTHING, candidate.kind
    if kind is AMOUNT:
        found = _next_amount(candidate, entry, gap)
    elif kind is GROUP:
        found = _NOTHING if any(gap) else _next_group(candidate, entry, given_up)
    elif not any(gap):
        return found
    elif kind is UNIT:
        found = Upcoming(gap, _off_units(candidate, entry))
    elif kind is FEE:
        action: AmountAction = candidate.action
        found = Upcoming(gap, action.off_minor(entry.fee_minor, candidate.quantity))
    else:
        given = gift_of(candidate, entry)
        found = Upcoming(gap, 0, given.list_minor) if given else _NOTHING
    limit = candidate.limit_minor
    return found if limit is None else found._replace(off_minor=min(found.off_minor, limit))


def _next_amount(candidate: Candidate, entry: State, gap: Gap) -> Upcoming:
    base = entry.net_over(candidate.mask)
    action: AmountAction = candidate.action
    if any(gap):
        # Goods that meet the conditions may reach the first tier of the action as well.
        reached = (base + gap.missing_minor, candidate.quantity + gap.missing_quantity)
        off = action.off_minor(*reached)
        step = None if off else action.next_step(*reached)
        gap, off = (_after(gap, step.gap), step.off_minor) if step else (gap, off)
    else:
        step = action.next_step(base, candidate.quantity)
        gap, off = (step.gap, step.off_minor) if step else (gap, 0)
    room = base + gap.missing_minor - candidate.floor_minor
    return Upcoming(gap, min(off, room))


def _next_group(candidate: Candidate, entry: State, given_up: int) -> Upcoming:
    """Suppose that what is bought besides costs what the cheapest unit in scope does."""
    action: GroupAction = candidate.action
    pools = pools_of(candidate, entry)
    if len(pools) != 1 or not pools[0]:
        return _NOTHING
    groups = action.possible(pools) + 1
    missing = action.missing(pools, groups)
    cheapest = pools[0][-1]
    more = [*pools[0], Pile(len(entry.runs()), missing, cheapest.entry_minor, cheapest.sku_id)]
    if missing <= 0 or _most_groups(action, more) <= given_up or action.possible([more]) < groups:
        return _NOTHING
    return Upcoming(Gap(missing_quantity=missing), _off_groups(action, [more]))


def _most_groups(action: GroupAction, piles: Sequence[Pile]) -> int:
    """Return what no groups of the piles take off more than, without forming any."""
    sizes = {pile.ref: pile.quantity for pile in piles}
    return sum([most * sizes[ref] for ref, most in action.bounds([piles])])


def _off_groups(action: GroupAction, pools: Sequence[Sequence[Pile]]) -> int:
    return sum([group.times * group.off_minor for group in action.form(pools)])


def _off_units(candidate: Candidate, entry: State) -> int:
    action: UnitAction = candidate.action
    return sum(
        [
            action.off_minor(run.net_minor) * run.quantity
            for run in entry.runs()
            if candidate.mask >> run.atom & 1
        ]
    )


def _after(gap: Gap, step: Gap) -> Gap:
    return Gap(*(a + b for a, b in zip(gap, step, strict=True)))
