"""What parcels may become, and what they make of their fulfilment. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from app.core.enums.orders import FulfilmentStatus
from app.core.enums.shipping import ShipmentState

_UNDERWAY = frozenset(
    {
        ShipmentState.IN_TRANSIT,
        ShipmentState.OUT_FOR_DELIVERY,
        ShipmentState.AWAITING_PICKUP,
        ShipmentState.DELIVERED,
        ShipmentState.REFUSED,
        ShipmentState.LOST,
        ShipmentState.RETURNING,
        ShipmentState.RETURNED,
    }
)

SHIPMENT: Mapping[ShipmentState, frozenset[ShipmentState]] = {
    ShipmentState.PREPARED: frozenset({ShipmentState.SHIPPED, ShipmentState.VOID}),
    ShipmentState.SHIPPED: _UNDERWAY,
    ShipmentState.IN_TRANSIT: _UNDERWAY - {ShipmentState.IN_TRANSIT},
    # A courier who met nobody takes the parcel back to the depot.
    ShipmentState.OUT_FOR_DELIVERY: _UNDERWAY - {ShipmentState.OUT_FOR_DELIVERY},
    ShipmentState.AWAITING_PICKUP: _UNDERWAY - {ShipmentState.AWAITING_PICKUP},
    # Receivers change their mind.
    ShipmentState.REFUSED: _UNDERWAY - {ShipmentState.REFUSED},
    ShipmentState.LOST: frozenset({ShipmentState.DELIVERED, ShipmentState.RETURNED}),
    ShipmentState.RETURNING: frozenset({ShipmentState.RETURNED, ShipmentState.LOST}),
    ShipmentState.DELIVERED: frozenset(),
    ShipmentState.RETURNED: frozenset(),
    ShipmentState.VOID: frozenset(),
}

LEFT = _UNDERWAY | {ShipmentState.SHIPPED}
"""States of parcels that were handed to a carrier."""


class PartLine(NamedTuple):
    """What a fulfilment has to do with a line. `packed` pieces are in parcels, sent or not."""

    line_id: UUID
    sku_id: UUID
    quantity: int
    cancelled: int
    packed: int
    shipped: int

    @property
    def open(self) -> int:
        """Pieces that are in no parcel yet and still wanted."""
        return self.quantity - self.cancelled - self.packed


class TooMany(ValueError):
    """`missing` says by line how many pieces fewer are open than are wanted."""

    def __init__(self, missing: Mapping[UUID, int]) -> None:
        super().__init__(f"lines lack pieces: {missing}")
        self.missing = dict(missing)


def pack(lines: Iterable[PartLine], wanted: Mapping[UUID, int] | None) -> dict[UUID, int]:
    """Pieces by line of a new parcel: those wanted, or all that are open.

    Raises `TooMany` where a line has fewer open than wanted, or is not of the fulfilment.
    """
    left = {each.line_id: each.open for each in lines}
    chosen = {line_id: n for line_id, n in left.items() if n} if wanted is None else dict(wanted)
    missing = {
        line_id: n - left.get(line_id, 0)
        for line_id, n in chosen.items()
        if n > left.get(line_id, 0)
    }
    if missing or any(n < 1 for n in chosen.values()):
        raise TooMany(missing)
    return chosen


def status_of(
    lines: Collection[PartLine], parcels: Collection[ShipmentState], *, is_picking: bool
) -> FulfilmentStatus:
    """Derive a fulfilment's status from its lines and the parcels that were not voided."""
    is_open = any(each.shipped < each.quantity - each.cancelled for each in lines)
    left = {state for state in parcels if state in LEFT}
    if not left:
        if not is_open:
            return FulfilmentStatus.CANCELLED
        return FulfilmentStatus.PICKING if is_picking else FulfilmentStatus.UNFULFILLED
    if is_open:
        return FulfilmentStatus.PARTLY_SHIPPED
    if left == {ShipmentState.RETURNED}:
        return FulfilmentStatus.RETURNED
    if left <= {ShipmentState.RETURNED, ShipmentState.DELIVERED}:
        return FulfilmentStatus.DELIVERED
    return FulfilmentStatus.SHIPPED
