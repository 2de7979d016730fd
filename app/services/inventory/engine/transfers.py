"""What transfers between warehouses may become, and what arrives of them. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from app.core.enums.inventory import TransferState


class TransferAction(StrEnum):
    SHIP = "ship"
    RECEIVE = "receive"
    CLOSE = "close"
    CANCEL = "cancel"


_S = TransferState

TRANSFER: Mapping[TransferState, Mapping[StrEnum, TransferState]] = {
    _S.REQUESTED: {TransferAction.SHIP: _S.IN_TRANSIT, TransferAction.CANCEL: _S.CANCELLED},
    # Receiving the last piece closes it, if all arrived that left.
    _S.IN_TRANSIT: {
        TransferAction.RECEIVE: _S.IN_TRANSIT,
        TransferAction.CLOSE: _S.CLOSED,
    },
    _S.CLOSED: {},
    _S.CANCELLED: {},
}


class TransferLine(NamedTuple):
    """Pieces of a SKU: asked for, sent, arrived whole or broken, more than were sent, given up.

    `over_damaged` of those that are over are broken.
    """

    quantity: int
    shipped: int
    received: int
    damaged: int
    over: int
    lost: int
    over_damaged: int = 0

    @property
    def in_transit(self) -> int:
        return self.shipped - self.received - self.damaged - self.lost

    @property
    def differs(self) -> bool:
        """Whether something is missing still, or more came than was sent."""
        return self.in_transit > 0 or self.over > 0


class Arrival(NamedTuple):
    """Pieces that came as they were sent, whole or broken, and beyond: `over`, some broken."""

    received: int
    damaged: int
    over: int
    over_damaged: int


def arrive(line: TransferLine, received: int, damaged: int) -> Arrival:
    """What of the pieces that came was on its way; the rest is over.

    Broken ones were sent as surely as whole ones: they are told first, so that what is over is
    whole goods, which somebody can count, unless more are broken than were still on their way.
    """
    broken = min(damaged, line.in_transit)
    whole = min(received, line.in_transit - broken)
    return Arrival(whole, broken, received + damaged - whole - broken, damaged - broken)
