"""States as data: which moves a plan may make, and how news of an attempt is joined."""

from collections.abc import Iterable
from enum import StrEnum

from app.core.enums.payments import AttemptState, PlanState
from app.services.payments.engine.types import Attempt, Plan
from app.services.payments.errors import IllegalPlanTransition

_P = PlanState
TRANSITIONS: dict[PlanState, frozenset[PlanState]] = {
    _P.NEW: frozenset({_P.AWAITING, _P.PAID, _P.HOLD_FAILED}),
    _P.AWAITING: frozenset({_P.PAID, _P.CLOSING, _P.CLOSED}),
    _P.CLOSING: frozenset({_P.PAID, _P.CLOSED}),
    _P.PAID: frozenset({_P.PARTLY_REFUNDED, _P.REFUNDED}),
    _P.PARTLY_REFUNDED: frozenset({_P.REFUNDED}),
    _P.REFUNDED: frozenset(),
    _P.CLOSED: frozenset(),
    _P.HOLD_FAILED: frozenset(),
}
UNPAID = frozenset({_P.AWAITING, _P.CLOSING})
PAID = frozenset({_P.PAID, _P.PARTLY_REFUNDED, _P.REFUNDED})

# A chain, so joining is the maximum: any order and repetition of news ends in the same state.
_RANK = {state: rank for rank, state in enumerate(AttemptState)}
OPEN = frozenset({AttemptState.CREATED, AttemptState.PENDING})
# A failed try can be repeated by the shopper under the same number until it is closed.
MAY_SUCCEED = OPEN | {AttemptState.FAILED}


class Verdict(StrEnum):
    """What becomes of a success a gateway reports."""

    PAID = "paid"
    DUPLICATE = "duplicate"
    AMOUNT_MISMATCH = "amount_mismatch"
    CURRENCY_MISMATCH = "currency_mismatch"
    LATE = "late"
    SECOND = "second"


MISMATCHES = frozenset({Verdict.AMOUNT_MISMATCH, Verdict.CURRENCY_MISMATCH})


def check_move(source: PlanState, target: PlanState) -> None:
    """Raise `IllegalPlanTransition` unless the table allows the move."""
    if target not in TRANSITIONS[source]:
        raise IllegalPlanTransition(f"From {source} to {target}", state=source)


def join(known: AttemptState, news: AttemptState) -> AttemptState:
    """The higher of the two: created, pending, failed, closed, succeeded."""
    return max(known, news, key=_RANK.__getitem__)


def can_still_be_paid(attempts: Iterable[Attempt]) -> bool:
    return any(attempt.state in MAY_SUCCEED for attempt in attempts)


def judge(
    plan: Plan, attempt: Attempt, *, transaction_id: str, amount_minor: int, currency: str
) -> Verdict:
    """What a verified success means for a locked plan.

    Money whose amount or currency differs never pays; money for a closed plan, beyond what it
    needed, or of a try from when it asked for another amount, is kept apart and given back.
    """
    if (attempt.channel, transaction_id) in plan.transaction_ids:
        return Verdict.DUPLICATE
    if currency != attempt.currency:
        return Verdict.CURRENCY_MISMATCH
    if amount_minor != attempt.amount_minor:
        return Verdict.AMOUNT_MISMATCH
    if plan.state in UNPAID:
        is_due = plan.gateway is not None and plan.gateway.amount_minor == amount_minor
        return Verdict.PAID if is_due else Verdict.LATE
    return Verdict.SECOND if plan.state in PAID else Verdict.LATE
