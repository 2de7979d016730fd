"""Returns as data: what may follow what, what can be asked for, and how far an order is. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.core.enums.after_sales import NotReturnable, ReturnAction, ReturnKind, ReturnState
from app.core.enums.orders import ReturnStatus
from app.core.enums.payments import AT_FAULT, RefundReason
from app.core.errors import DomainError

_S, _A = ReturnState, ReturnAction

AFTER_SALES: Mapping[ReturnState, Mapping[ReturnAction, frozenset[ReturnState]]] = {
    _S.REQUESTED: {
        _A.APPROVE: frozenset({_S.AWAITING_GOODS, _S.ACCEPTED}),
        _A.REJECT: frozenset({_S.REJECTED}),
        _A.ESCALATE: frozenset({_S.ESCALATED}),
        _A.CANCEL: frozenset({_S.CANCELLED}),
    },
    # Goods may have been looked at before the two sides disagreed.
    _S.ESCALATED: {
        _A.APPROVE: frozenset({_S.AWAITING_GOODS, _S.ACCEPTED}),
        _A.REJECT: frozenset({_S.DENIED}),
        _A.CANCEL: frozenset({_S.CANCELLED}),
    },
    _S.AWAITING_GOODS: {
        _A.SEND: frozenset({_S.IN_TRANSIT}),
        # Brought to the counter, or sent without a word.
        _A.RECEIVE: frozenset({_S.RECEIVED}),
        _A.CANCEL: frozenset({_S.CANCELLED}),
        _A.CLOSE: frozenset({_S.CLOSED}),
    },
    _S.IN_TRANSIT: {
        # Another number: the first was mistyped.
        _A.SEND: frozenset({_S.IN_TRANSIT}),
        _A.RECEIVE: frozenset({_S.RECEIVED}),
        _A.CLOSE: frozenset({_S.CLOSED}),
    },
    _S.RECEIVED: {_A.INSPECT: frozenset({_S.ACCEPTED, _S.REJECTED})},
    _S.ACCEPTED: {
        _A.REFUND: frozenset({_S.REFUNDING, _S.REFUNDED}),
        # Its money went back another way: by a dispute, for instance.
        _A.CLOSE: frozenset({_S.CLOSED}),
    },
    # The second person agreed, or refused and somebody asks again.
    _S.REFUNDING: {_A.REFUND: frozenset({_S.REFUNDING, _S.REFUNDED, _S.ACCEPTED})},
    _S.REJECTED: {_A.ESCALATE: frozenset({_S.ESCALATED})},
    _S.REFUNDED: {},
    _S.DENIED: {},
    _S.CANCELLED: {},
    _S.CLOSED: {},
}

OPEN = frozenset(
    {
        _S.REQUESTED,
        _S.ESCALATED,
        _S.AWAITING_GOODS,
        _S.IN_TRANSIT,
        _S.RECEIVED,
        _S.ACCEPTED,
        _S.REFUNDING,
    }
)
"""States that keep an order from being completed."""

ASKED = OPEN - {_S.REFUNDING}
"""States whose pieces no refund has taken yet."""


class IllegalReturnTransition(DomainError):
    slug, title, title_zh = (
        "illegal-return-transition",
        "The return does not allow that now",
        "售后单状态不允许此操作",
    )


def require_action(state: ReturnState, action: ReturnAction) -> None:
    """Raise `IllegalReturnTransition` unless `action` may be done in `state`."""
    if action not in AFTER_SALES[state]:
        raise IllegalReturnTransition(
            f"{action} is not for what is {state}", current=state, action=action
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStanding:
    """Pieces of a line. `kept` are not refunded, `asked` are of open returns without a refund.

    `cancelled` ones are not sent any more, `undelivered` ones came back by themselves.
    """

    quantity: int
    kept: int
    shipped: int
    cancelled: int
    undelivered: int
    asked: int
    is_final_sale: bool

    @property
    def left(self) -> int:
        """Pieces that left, that nobody has asked back and that are not refunded.

        Pieces refunded before they left are cancelled; all others that are refunded had left.
        """
        refunded = max(0, self.quantity - self.kept - self.cancelled)
        return max(0, self.shipped - max(refunded, self.undelivered) - self.asked)


def reasons_against(
    line: LineStanding, reason: RefundReason | None, *, is_paid: bool, is_over: bool
) -> tuple[NotReturnable, ...]:
    """Why nothing of a line can be asked back; nothing when something can.

    Goods on final sale come back only for what the shop answers for. Without a `reason` that is
    not known, and they count as returnable.
    """
    found = []
    if not is_paid:
        found.append(NotReturnable.NOT_PAID)
    if is_over:
        found.append(NotReturnable.WINDOW_OVER)
    if line.is_final_sale and reason is not None and reason not in AT_FAULT:
        found.append(NotReturnable.FINAL_SALE)
    if not line.shipped:
        found.append(NotReturnable.NOT_SHIPPED)
    elif not line.left:
        found.append(NotReturnable.ASKED if line.asked else NotReturnable.NOTHING_LEFT)
    return tuple(found)


def approved(kind: ReturnKind, *, is_inspected: bool) -> ReturnState:
    """What an approved request becomes: goods are waited for once, where they are wanted."""
    is_due = kind is ReturnKind.REFUND_ONLY or is_inspected
    return ReturnState.ACCEPTED if is_due else ReturnState.AWAITING_GOODS


def return_of(states: Collection[ReturnState], *, bought: int, back: int) -> ReturnStatus:
    """Derive an order's return status.

    `back` of the `bought` pieces were sent back and their money given back.
    """
    if any(state in OPEN for state in states):
        return ReturnStatus.REQUESTED
    if not back:
        return ReturnStatus.NONE
    return ReturnStatus.RETURNED if back >= bought else ReturnStatus.PARTLY_RETURNED
