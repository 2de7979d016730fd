"""Group orders: many recipients, one buyer."""

from enum import StrEnum


class GroupPayment(StrEnum):
    """From the buyer's balance when each order is placed, or each by a bank transfer of its own."""

    BALANCE = "balance"
    BANK_TRANSFER = "bank_transfer"


class TransferKind(StrEnum):
    """Money a company sent for its orders, or what we sent back of it."""

    RECEIVED = "received"
    RETURNED = "returned"


class GroupTransferState(StrEnum):
    """What one recorded, another has seen on the account (`confirmed`), or not (`rejected`)."""

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class GroupRowState(StrEnum):
    """What became of a recipient. `queued`: about to be placed."""

    INVALID = "invalid"
    READY = "ready"
    QUEUED = "queued"
    PLACED = "placed"
    FAILED = "failed"
    CANCELLED = "cancelled"
