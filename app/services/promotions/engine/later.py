"""How much a level still to be decided and all later ones are worth at most, together.

Every cent an earlier promotion takes off lowers what later ones are measured by. Suppose what is
undecided stays `t` cents below the most it could take off. Then later promotions find at most `t`
cents more than if it reached it: each is worth something from a certain `t` on (where its
threshold, or a step of its action, is within reach again), and between such points gains less
than a cent for each one given up. So only these points need to be looked at.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

from app.services.promotions.engine.actions import AmountAction
from app.services.promotions.engine.actions.base import AMOUNT, GIFT, GROUP, UNIT
from app.services.promotions.engine.amounts import terms
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.evaluate import most_worth
from app.services.promotions.engine.gifts import gift_of
from app.services.promotions.engine.merit import worth_of
from app.services.promotions.engine.state import State
from app.services.promotions.engine.undecided import Undecided

WHOLE_BPS = 10_000
MOST_STEPS = 6

Clique = Sequence[tuple[int, Candidate]]
"""Candidates no two of which may meet, each with its key alone, the largest first."""


_Point = tuple[int, int, int]
"""`(given_up, worth, slope_bps)`: from so many cents given up on the candidate is worth so much,
and then rises by the slope."""


def alone_together(cliques: Sequence[Clique], barred: int) -> int:
    """Return the largest key one of each clique can add, whatever was decided before."""
    most = 0
    for clique in cliques:
        for alone, candidate in clique:
            if not candidate.bit & barred:
                most += alone
                break
    return most


def most_together(
    undecided: Undecided,
    cliques: Sequence[Clique],
    state: State,
    barred: int,
    unit: int,
    *,
    given_up: int = 0,
) -> int:
    """Return the largest key `undecided` and one of each clique can add to that of `state`.

    Only what gives up at least `given_up` cents is looked at.
    """
    found: list[int] = []
    points: list[tuple[int, int, int]] = []
    slopes = sloped = 0
    for number, clique in enumerate(cliques):
        best = steepest = 0
        for alone, candidate in clique:
            if alone <= best:
                break
            if candidate.bit & barred:
                continue
            for lost, worth, slope in _points(candidate, state, undecided):
                key = worth * unit + candidate.merit
                if lost > given_up:
                    points.append((lost, number, key))
                else:
                    best = max(best, key)
                steepest = max(steepest, slope)
        found.append(best)
        slopes += steepest
        sloped += steepest > 0
    if slopes > WHOLE_BPS:
        return undecided.most + alone_together(cliques, barred)
    trade = _Trade(state.board.scale * unit, WHOLE_BPS - slopes, sloped)
    least = undecided.most + sum(found)
    first = 0 if not given_up and sloped == 0 else max(given_up, 1)
    most = _most_at(found, sorted(points), worth_of(undecided.most, unit) * unit, trade, first)
    return most if given_up else max(most, least)


class _Trade(NamedTuple):
    """What giving up cents costs when `kept_bps` of each is lost, but for a cent of rounding."""

    cent: int
    kept_bps: int
    rounded: int

    def loss(self, given_up: int) -> int:
        return (-(-given_up * self.kept_bps // WHOLE_BPS) - self.rounded) * self.cent


def _most_at(
    found: list[int], points: list[tuple[int, int, int]], ceiling: int, trade: _Trade, first: int
) -> int:
    """Return the most over all amounts given up from `first` on, if not 0, and at the points."""
    total = sum(found)
    most = ceiling + total - trade.loss(first) if first else 0
    for lost, number, key in points:
        if key > found[number]:
            total += key - found[number]
            found[number] = key
            most = max(most, ceiling + total - trade.loss(lost))
    return most


def _points(candidate: Candidate, state: State, undecided: Undecided) -> Sequence[_Point]:
    """Return where the candidate's worth steps up, as more of what is undecided is given up."""
    kind = candidate.kind
    if kind is UNIT or kind is GROUP:
        # Those may start from before the level: what is taken off in their own stage is no matter.
        return ((0, most_worth(candidate, state), 0),)
    given_up = 0
    for need, mask in candidate.thresholds:
        lacking = need - state.most_over(mask)
        if lacking > 0:
            return ()
        lacking += undecided.sure(mask)
        given_up = max(given_up, lacking)
    if kind is AMOUNT:
        return _amount_points(candidate, state, undecided, given_up)
    if kind is GIFT:
        given = gift_of(candidate, state)
        return ((given_up, given.list_minor if given else 0, 0),)
    return ((given_up, most_worth(candidate, state), 0),)


def _amount_points(
    candidate: Candidate, state: State, undecided: Undecided, given_up: int
) -> Sequence[_Point]:
    scale, floor, mask = state.board.scale, candidate.floor_minor, candidate.mask
    high = state.most_over(mask)
    highest = min(terms(candidate, high), high - floor)
    low = high - max(0, undecided.sure(mask) - given_up)
    if low == high:
        return ((given_up, highest * scale, 0),)
    off = terms(candidate, max(0, low))
    if off == highest and off <= low - floor:
        return ((given_up, highest * scale, 0),)
    action, quantity = cast("AmountAction", candidate.action), candidate.quantity
    found: list[_Point] = []
    while len(found) < MOST_STEPS and 0 <= off <= low - floor:
        slope = action.slope_bps(low, low, quantity)
        if slope is None:
            break
        found.append((given_up, off * scale, slope))
        if action.slope_bps(low, high, quantity) is not None:
            return found
        step = action.next_step(low, quantity)
        if step is None or not step.gap.missing_minor:
            break
        given_up += step.gap.missing_minor
        low += step.gap.missing_minor
        if low > high:
            return found
        off = terms(candidate, low)
    found.append((given_up, highest * scale, 0))
    return found
