"""What may be done with a handout, as data, and what it would cost. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from app.core.enums.handouts import HandoutAction, HandoutState
from app.core.errors import DomainError

_W, _A = HandoutState.WAITING, HandoutState.APPROVED

HANDOUT: Final[Mapping[HandoutAction, Mapping[HandoutState, HandoutState]]] = {
    HandoutAction.APPROVE: {_W: _A},
    HandoutAction.REJECT: {_W: HandoutState.REJECTED},
    HandoutAction.WITHDRAW: {_W: HandoutState.WITHDRAWN},
    # What could not be placed for want of stock is tried again.
    HandoutAction.PLACE: {_A: _A},
}


class IllegalHandoutTransition(DomainError):
    slug, title, title_zh = (
        "illegal-handout-transition",
        "The handout does not allow that now",
        "领用单状态不允许此操作",
    )


class Piece(NamedTuple):
    """`quantity` of a SKU that cost `unit_cost_minor` to buy, if known, and list for more."""

    quantity: int
    unit_cost_minor: int | None
    list_minor: int


def act(state: HandoutState, action: HandoutAction) -> HandoutState:
    """The state an action leads to. Raises `IllegalHandoutTransition`."""
    after = HANDOUT[action].get(state)
    if after is None:
        raise IllegalHandoutTransition(f"It is {state}", current=state, action=action)
    return after


def cost_of(pieces: Iterable[Piece]) -> int:
    """What goods cost; where nobody knows, what they list for, which is not less."""
    return sum(
        each.quantity * (each.list_minor if each.unit_cost_minor is None else each.unit_cost_minor)
        for each in pieces
    )
