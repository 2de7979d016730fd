"""Stock vocabulary."""

from enum import StrEnum


class MovementKind(StrEnum):
    """Why on-hand changed. The sign of the quantity follows from the kind, except adjustments."""

    RECEIPT = "receipt"
    SHIPMENT = "shipment"
    RETURN = "return"
    ADJUSTMENT = "adjustment"


class ReservationState(StrEnum):
    """`held` expires, `committed` (paid) does not; the others are final.

    `freed` was given back piece by piece, while other goods of its owner stayed promised.
    """

    HELD = "held"
    COMMITTED = "committed"
    SHIPPED = "shipped"
    FREED = "freed"
    RELEASED = "released"
    EXPIRED = "expired"
