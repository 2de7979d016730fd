"""Orders that other systems send in."""

from enum import StrEnum


class IntakeState(StrEnum):
    """What became of an order that was sent in.

    `received`: kept, not looked at yet. `failed`: could not be placed, its problem says why.
    `cancelled`: given up before it was an order; afterwards the order itself says how it stands.
    """

    RECEIVED = "received"
    PLACED = "placed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class IntakeOutcome(StrEnum):
    """What sending an order did: `known` was placed before, a `conflict` says something else."""

    PLACED = "placed"
    KNOWN = "known"
    FAILED = "failed"
    CANCELLED = "cancelled"
    CONFLICT = "conflict"
