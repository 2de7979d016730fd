"""Returns as data: what may follow what, what can be asked for, and how far an order is. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from app.core.enums.after_sales import (
    REPLACING,
    NotReturnable,
    ReturnAction,
    ReturnKind,
    ReturnState,
)
from app.core.enums.orders import ReturnStatus
from app.core.enums.payments import AT_FAULT, RefundReason
from app.core.errors import DomainError

_S, _A = ReturnState, ReturnAction

_TABLE: TypeAlias = Mapping[ReturnState, Mapping[ReturnAction, frozenset[ReturnState]]]
_GOODS_BACK = frozenset({ReturnKind.RETURN, ReturnKind.EXCHANGE, ReturnKind.REPAIR})
_GRADED = frozenset({ReturnKind.RETURN, ReturnKind.EXCHANGE})
"""Kinds whose goods are ours once they are accepted; what is repaired stays the shopper's."""

_APPROVED = {
    ReturnKind.REFUND_ONLY: frozenset({_S.ACCEPTED}),
    ReturnKind.RETURN: frozenset({_S.AWAITING_GOODS, _S.ACCEPTED}),
    ReturnKind.EXCHANGE: frozenset({_S.AWAITING_GOODS, _S.ACCEPTED}),
    ReturnKind.REPAIR: frozenset({_S.AWAITING_GOODS}),
    ReturnKind.RESHIP: frozenset({_S.SENDING}),
}


def _table(kind: ReturnKind) -> _TABLE:
    """Its part of what may follow what. An approval that settles for money changes the kind."""
    over: Mapping[ReturnAction, frozenset[ReturnState]] = {}
    kept = {_S.ACCEPTED} if kind in _GRADED else set()
    table = {
        **dict.fromkeys(ReturnState, over),
        _S.REQUESTED: {
            _A.APPROVE: _APPROVED[kind],
            _A.REJECT: frozenset({_S.REJECTED}),
            _A.ESCALATE: frozenset({_S.ESCALATED}),
            _A.CANCEL: frozenset({_S.CANCELLED}),
        },
        # Goods may have been looked at before the two sides disagreed; what was accepted of them
        # stays accepted.
        _S.ESCALATED: {
            _A.APPROVE: _APPROVED[kind],
            _A.REJECT: frozenset({_S.DENIED} | kept),
            _A.CANCEL: frozenset({_S.CANCELLED} | kept),
        },
        _S.ACCEPTED: {
            _A.REFUND: frozenset({_S.REFUNDING, _S.REFUNDED}),
            # Its money went back another way: by a dispute, for instance.
            _A.CLOSE: frozenset({_S.CLOSED}),
        },
        # The second person agreed, or refused and somebody asks again.
        _S.REFUNDING: {_A.REFUND: frozenset({_S.REFUNDING, _S.REFUNDED, _S.ACCEPTED})},
        _S.REJECTED: {_A.ESCALATE: frozenset({_S.ESCALATED})},
    }
    if kind in _GOODS_BACK:
        table |= {
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
        }
    if kind in _GRADED:
        looked_at = {_S.ACCEPTED, _S.REJECTED}
        # What is wanted instead may have been promised, or have left, before.
        promised = {_S.SENDING, _S.SENT} if kind is ReturnKind.EXCHANGE else set()
        table[_S.RECEIVED] = {_A.INSPECT: frozenset(looked_at | promised)}
        table[_S.ESCALATED] = {
            **table[_S.ESCALATED],
            _A.APPROVE: _APPROVED[kind] | promised,
        }
        table[_S.ACCEPTED] = {**table[_S.ACCEPTED], _A.ESCALATE: frozenset({_S.ESCALATED})}
    if kind is ReturnKind.EXCHANGE:
        for state in (_S.AWAITING_GOODS, _S.IN_TRANSIT, _S.RECEIVED, _S.ACCEPTED):
            table[state] = {**table[state], _A.CHARGE: frozenset({state})}
    if kind is ReturnKind.REPAIR:
        table[_S.RECEIVED] = {
            _A.MEND: frozenset({_S.SENDING, _S.ACCEPTED}),
            _A.ASK_FEE: frozenset({_S.RECEIVED}),
        }
    if kind in REPLACING:
        is_mended = kind is ReturnKind.REPAIR
        table[_S.ACCEPTED] = {**table[_S.ACCEPTED], _A.REPLACE: frozenset({_S.SENDING})}
        table[_S.SENDING] = {
            _A.SHIP: frozenset({_S.SENT}),
            _A.CALL_OFF: frozenset({_S.ACCEPTED} | ({_S.RECEIVED} if is_mended else set())),
        }
    return table


AFTER_SALES: Mapping[ReturnKind, _TABLE] = {kind: _table(kind) for kind in ReturnKind}

OPEN = frozenset(
    {
        _S.REQUESTED,
        _S.ESCALATED,
        _S.AWAITING_GOODS,
        _S.IN_TRANSIT,
        _S.RECEIVED,
        _S.ACCEPTED,
        _S.REFUNDING,
        _S.SENDING,
    }
)
"""States that keep an order from being completed."""

UNMENDED = frozenset({_S.REQUESTED, _S.ESCALATED, _S.AWAITING_GOODS, _S.IN_TRANSIT, _S.RECEIVED})
"""States of a repair of which nobody knows yet what comes of it."""

ASKED = OPEN - {_S.REFUNDING}
"""States whose pieces no refund has taken yet."""


class IllegalReturnTransition(DomainError):
    slug, title, title_zh = (
        "illegal-return-transition",
        "The return does not allow that now",
        "售后单状态不允许此操作",
    )


def require_action(kind: ReturnKind, state: ReturnState, action: ReturnAction) -> None:
    """Raise `IllegalReturnTransition` unless `action` may be done with that kind in `state`."""
    if action not in AFTER_SALES[kind][state]:
        raise IllegalReturnTransition(
            f"{action} is not for a {kind} that is {state}", current=state, action=action, kind=kind
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStanding:
    """Pieces of a line. `kept` are not refunded, `asked` are of open returns without a refund.

    `cancelled` ones are not sent any more, `undelivered` ones came back by themselves and were not
    sent again.
    """

    quantity: int
    kept: int
    shipped: int
    cancelled: int
    undelivered: int
    asked: int
    is_final_sale: bool

    def left(self, kind: ReturnKind | None = None) -> int:
        """Pieces that left, that nobody has asked back and that are not refunded.

        Pieces refunded before they left are cancelled; all others that are refunded had left. What
        came back undelivered can only be sent once more.
        """
        refunded = max(0, self.quantity - self.kept - self.cancelled)
        away = refunded if kind is ReturnKind.RESHIP else max(refunded, self.undelivered)
        return max(0, self.shipped - away - self.asked)


def reasons_against(
    line: LineStanding,
    reason: RefundReason | None,
    *,
    kind: ReturnKind | None = None,
    is_paid: bool,
    is_over: bool,
) -> tuple[NotReturnable, ...]:
    """Why nothing of a line can be asked for; nothing when something can.

    Goods on final sale come back only for what the shop answers for, and only then goods are sent
    once more. Without a `reason` that is not known, and they count as returnable.
    """
    is_fault = reason is None or reason in AT_FAULT
    found = []
    if not is_paid:
        found.append(NotReturnable.NOT_PAID)
    if is_over:
        found.append(NotReturnable.WINDOW_OVER)
    if line.is_final_sale and not is_fault:
        found.append(NotReturnable.FINAL_SALE)
    if kind is ReturnKind.RESHIP and not is_fault:
        found.append(NotReturnable.NO_FAULT)
    if not line.shipped:
        found.append(NotReturnable.NOT_SHIPPED)
    elif not line.left(kind):
        found.append(NotReturnable.ASKED if line.asked else NotReturnable.NOTHING_LEFT)
    return tuple(found)


def approved(kind: ReturnKind, *, is_inspected: bool) -> ReturnState:
    """What an approved request becomes: goods are waited for once, where they are wanted."""
    if kind is ReturnKind.RESHIP:
        return ReturnState.SENDING
    is_due = kind is ReturnKind.REFUND_ONLY or is_inspected
    return ReturnState.ACCEPTED if is_due else ReturnState.AWAITING_GOODS


def for_money(kind: ReturnKind) -> ReturnKind:
    """What a request becomes that is settled with money instead of goods."""
    if kind is ReturnKind.RESHIP:
        return ReturnKind.REFUND_ONLY
    return ReturnKind.RETURN if kind in REPLACING else kind


def return_of(states: Collection[ReturnState], *, bought: int, back: int) -> ReturnStatus:
    """Derive an order's return status.

    `back` of the `bought` pieces were sent back and their money given back.
    """
    if any(state in OPEN for state in states):
        return ReturnStatus.REQUESTED
    if not back:
        return ReturnStatus.NONE
    return ReturnStatus.RETURNED if back >= bought else ReturnStatus.PARTLY_RETURNED
