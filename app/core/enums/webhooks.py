"""Vocabulary of webhooks to merchants."""

from enum import StrEnum


class EndpointState(StrEnum):
    """`paused` by the merchant; `disabled` by the service or by staff, see `DisabledReason`."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class DisabledReason(StrEnum):
    """`gone`: it answered 410. `failing`: nothing reached it for three days. `staff` closed it."""

    GONE = "gone"
    FAILING = "failing"
    STAFF = "staff"


class DeliveryState(StrEnum):
    """`failed` is given up after the last attempt; it can be sent again by hand."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class AttemptError(StrEnum):
    """Why the last attempt was none. With `refused` and `redirect` there was an answer."""

    REFUSED = "refused"
    REDIRECT = "redirect"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    UNRESOLVED = "unresolved"
    FORBIDDEN_ADDRESS = "forbidden_address"
