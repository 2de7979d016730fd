"""What may be done with a ticket, as data. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from app.core.enums.tickets import TicketAction, TicketKind, TicketState
from app.core.errors import DomainError

_O, _P, _W = TicketState.OPEN, TicketState.IN_PROGRESS, TicketState.WAITING
_R, _C = TicketState.RESOLVED, TicketState.CLOSED

TICKET: Final[Mapping[TicketAction, Mapping[TicketState, TicketState]]] = {
    TicketAction.CLAIM: {_O: _P, _P: _P, _W: _W},
    TicketAction.WAIT: {_P: _W},
    TicketAction.RESUME: {_W: _P},
    TicketAction.RESOLVE: {_O: _R, _P: _R, _W: _R},
    TicketAction.REOPEN: {_R: _P},
    TicketAction.CLOSE: {_R: _C},
    # Only what is being worked on keeps goods back.
    TicketAction.HOLD: {_O: _O, _P: _P, _W: _W},
    TicketAction.RELEASE: {_O: _O, _P: _P, _W: _W},
}
REPLIED: Final[Mapping[TicketState, TicketState]] = {_O: _O, _P: _P, _W: _P, _R: _P}
"""What a shopper's answer makes of it: what waited for it goes on, what was done is not."""
RATEABLE: Final = frozenset({_R, _C})
ENDED: Final = frozenset({_R, _C})

HOURS: Final[Mapping[TicketKind, int]] = {
    TicketKind.LOST: 8,
    TicketKind.REFUSED: 8,
    TicketKind.WRONG_INFO: 4,
    TicketKind.STOCK: 8,
    TicketKind.GOODS_OWED: 24,
    TicketKind.LOGISTICS_DELAY: 24,
    TicketKind.COMPLAINT: 24,
    TicketKind.SUGGESTION: 72,
}
"""Within how many hours it is to be resolved."""


class IllegalTicketTransition(DomainError):
    slug, title, title_zh = (
        "illegal-ticket-transition",
        "The ticket does not allow that now",
        "工单状态不允许此操作",
    )


def act(state: TicketState, action: TicketAction) -> TicketState:
    """The state an action leads to. Raises `IllegalTicketTransition`."""
    after = TICKET[action].get(state)
    if after is None:
        raise IllegalTicketTransition(f"A ticket that is {state}", current=state, action=action)
    return after


def replied(state: TicketState) -> TicketState:
    """The state a shopper's answer leads to. Raises `IllegalTicketTransition`."""
    after = REPLIED.get(state)
    if after is None:
        raise IllegalTicketTransition("It is closed", current=state, action="reply")
    return after


def patience(kind: TicketKind) -> timedelta:
    """How long a ticket may take to be resolved."""
    return timedelta(hours=HOURS[kind])
