"""What people may do about a matter: pure, so that lists and guards say the same."""

from app.core.enums.payments import RefundState, ReviewAction, ReviewKind

_OF_REFUNDS = frozenset(
    {ReviewKind.REFUND_FAILED, ReviewKind.REFUND_ABNORMAL, ReviewKind.REFUND_UNANSWERED}
)
_OF_TRANSFERS = frozenset(
    {ReviewKind.TRANSFER_AMOUNT_MISMATCH, ReviewKind.TRANSFER_SECOND, ReviewKind.TRANSFER_LATE}
)


def actions_of(
    kind: ReviewKind, *, is_settled: bool, part_state: RefundState | None, is_refund: bool
) -> tuple[ReviewAction, ...]:
    """What is open to do, best first.

    Nothing takes a payment that does not match, in whole or in part: its money goes back. A matter
    is closed by a word only when nothing of it is under way in the books.
    """
    if is_settled:
        return (ReviewAction.CLOSE, ReviewAction.ASSIGN)
    if kind in _OF_REFUNDS and part_state is RefundState.FAILED:
        other = (ReviewAction.FALL_BACK,) if is_refund else ()
        return (ReviewAction.RETRY_REFUND, *other, ReviewAction.ASSIGN)
    if kind in _OF_TRANSFERS:
        return (ReviewAction.RETURN_TRANSFER, ReviewAction.ASSIGN)
    return (ReviewAction.ASK_AGAIN, ReviewAction.ASSIGN)
