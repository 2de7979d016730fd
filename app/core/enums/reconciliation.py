"""Vocabulary of reconciliation (payments specification 3.9)."""

from enum import StrEnum


class ReconciledKind(StrEnum):
    """What a line of a statement is about. A `move` is what else happened on our account there."""

    PAYMENT = "payment"
    REFUND = "refund"
    MOVE = "move"


class StatedState(StrEnum):
    """What a gateway says became of it. `pending` is a refund that was taken in."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"


class ReconciliationVerdict(StrEnum):
    """What comparing brought.

    `missing_local`: the gateway has it, we do not. `missing_gateway`: we have it, the gateway does
    not. `cutoff_pending`: ours, shortly before the day's end; the next statement decides.
    `not_compared`: a move, of which we keep no counterpart.
    """

    MATCHED = "matched"
    AMOUNT_DIFF = "amount_diff"
    STATUS_DIFF = "status_diff"
    MISSING_LOCAL = "missing_local"
    MISSING_GATEWAY = "missing_gateway"
    DUPLICATE_ROW = "duplicate_row"
    CUTOFF_PENDING = "cutoff_pending"
    NOT_COMPARED = "not_compared"


class CaseState(StrEnum):
    """`carried`: waits for the next statement. `proposed`: a correction waits for a second person.

    `resolved` found its counterpart later, was corrected or dismissed.
    """

    OPEN = "open"
    CARRIED = "carried"
    PROPOSED = "proposed"
    RESOLVED = "resolved"


class CaseResolution(StrEnum):
    """`matched` by itself; `corrected` by a journal of two people; `dismissed`: moved no money.

    `superseded`: another file took the place of the one it was about; a correction was reversed.
    """

    MATCHED = "matched"
    CORRECTED = "corrected"
    DISMISSED = "dismissed"
    SUPERSEDED = "superseded"


class ReconciledDayState(StrEnum):
    OPEN = "open"
    SIGNED = "signed"
