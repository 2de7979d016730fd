"""Gifts: goods for nothing, from stock that several gifts may share (specification 2.2)."""

from app.services.promotions.engine.actions import GiftAction
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.effects import Given
from app.services.promotions.engine.state import State


def gift_of(candidate: Candidate, state: State) -> Given | None:
    """Return what the shopper would get: their choice, else the first there is enough of."""
    promotion = candidate.promotion
    facts = {fact.sku_id: fact for fact in promotion.gifts}
    action: GiftAction = candidate.action
    for present in sorted(action.presents, key=lambda each: each.sku_id != promotion.gift_choice):
        fact = facts.get(present.sku_id)
        if fact and fact.available >= present.quantity + _given(present.sku_id, state):
            return Given(candidate.index, present, fact.list_minor * present.quantity)
    return None


def worth(candidate: Candidate, entry: State) -> int:
    """Return the list value of the gift, 0 when conditions or stock are short."""
    given = None if candidate.is_short(entry) else gift_of(candidate, entry)
    return given.list_minor if given else 0


def apply_gift(state: State, pick: Candidate, entry: State) -> None:
    """Add the gift, if the conditions hold and there is enough left of one."""
    given = None if pick.is_short(entry) else gift_of(pick, state)
    if given is not None:
        state.give(given)


def _given(sku_id: str, state: State | None) -> int:
    """Return how many pieces of a SKU the promotions before have given already."""
    total = 0
    while state is not None:
        total += sum(g.present.quantity for g in state.gifts if g.present.sku_id == sku_id)
        state = state.parent
    return total
