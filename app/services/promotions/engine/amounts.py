"""Amounts off goods, rounded once, and off the shipping fee (specification 2.2, 2.4)."""

from app.services.promotions.engine.actions import AmountAction
from app.services.promotions.engine.actions.base import FEE
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.effects import Taking
from app.services.promotions.engine.state import State


def raw_minor(candidate: Candidate, entry: State) -> int:
    """Return what the promotion's own terms take off at stage entry, before any floor."""
    if candidate.is_short(entry):
        return 0
    is_fee = candidate.kind is FEE
    return terms(candidate, entry.fee_minor if is_fee else entry.net_over(candidate.mask))


def saving(candidate: Candidate, entry: State) -> int:
    """Return what the promotion takes off when it is alone in its stage."""
    raw = raw_minor(candidate, entry)
    if candidate.kind is FEE:
        return min(raw, entry.fee_minor)
    return min(raw, entry.net_over(candidate.mask) - candidate.floor_minor)


def most_saving(candidate: Candidate, entry: State) -> int:
    """Return an upper bound of `saving` that never looks at single units."""
    for need, mask in candidate.thresholds:
        if entry.most_over(mask) < need:
            return 0
    if candidate.kind is FEE:
        return min(terms(candidate, entry.fee_minor), entry.fee_minor)
    base = entry.most_over(candidate.mask)
    return min(terms(candidate, base), base - candidate.floor_minor)


def apply_amount(state: State, pick: Candidate, entry: State) -> None:
    """Take the amount off the goods as far as floors leave room."""
    raw = raw_minor(pick, entry)
    if raw:
        is_free = not pick.floor_minor and not state.takings
        amount = raw if is_free else min(raw, _room(state, pick, entry, raw))
        if amount:
            state.take(Taking(pick.index, pick.mask, amount, raw))


def apply_fee(state: State, pick: Candidate, entry: State) -> None:
    """Take the amount off what is left of the fee."""
    raw = raw_minor(pick, entry)
    amount = min(raw, state.fee_minor)
    if amount:
        state.take_fee(Taking(pick.index, 0, amount, raw))


def terms(candidate: Candidate, base_minor: int) -> int:
    """Return what the action takes off such a base, within its limit."""
    action: AmountAction = candidate.action
    raw = action.off_minor(base_minor, candidate.quantity)
    limit = candidate.limit_minor
    return raw if limit is None or raw < limit else limit


def _room(state: State, pick: Candidate, entry: State, wanted_minor: int) -> int:
    """Return the room left above the floors, or `wanted_minor` where it surely suffices."""
    room = entry.net_over(pick.mask) - pick.floor_minor
    taken = sum(t.amount_minor for t in state.takings if t.mask & pick.mask)
    if room - taken >= wanted_minor:
        return wanted_minor
    return state.net_over(pick.mask) - pick.floor_minor
