"""Goods that are handed out without money."""

from enum import StrEnum


class HandoutState(StrEnum):
    """`waiting` for another person; once `approved` its orders are placed, one a recipient."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class HandoutAction(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    PLACE = "place"
