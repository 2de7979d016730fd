"""Platform vocabulary."""

from enum import StrEnum


class MessageState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    PARKED = "parked"
