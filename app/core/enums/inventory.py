"""Stock vocabulary."""

from enum import StrEnum


class MovementKind(StrEnum):
    """Why on-hand changed. The sign of the quantity follows from the kind, except adjustments."""

    RECEIPT = "receipt"
    SHIPMENT = "shipment"
    RETURN = "return"
    ADJUSTMENT = "adjustment"


class ReservationState(StrEnum):
    """`held` expires, `committed` (paid) does not; the other three are final."""

    HELD = "held"
    COMMITTED = "committed"
    SHIPPED = "shipped"
    RELEASED = "released"
    EXPIRED = "expired"
