"""What the sandbox's parcels go through, by how their receiver is called."""

from enum import StrEnum

from app.core.enums.shipping import ShipmentState

S = ShipmentState


class Behaviour(StrEnum):
    """What happens to a parcel for somebody whose name begins so.

    Labels: `refuse`: no. `lose`: made, but the answer is lost. `drop`: lost before it arrives, the
    first time. Parcels: `late`: no news for a while. `lost`: never heard of again. `repeat`: told
    twice. `reorder`: the end is told first. `contradict`: delivered, and then on its way.
    `return`: refused at the door. `locker`: waits where it is fetched.
    """

    REFUSE = "sandbox-refuse"
    LOSE = "sandbox-lose"
    DROP = "sandbox-drop"
    LATE = "sandbox-late"
    LOST = "sandbox-lost"
    REPEAT = "sandbox-repeat"
    REORDER = "sandbox-reorder"
    CONTRADICT = "sandbox-contradict"
    RETURN = "sandbox-return"
    LOCKER = "sandbox-locker"
    DELIVER = ""

    @classmethod
    def of(cls, name: str) -> "Behaviour":
        return next(each for each in cls if name.startswith(each))


PATIENCE = 3
"""How often a late parcel is asked about in vain."""

_COLLECTED = (S.IN_TRANSIT, "Collected")
_SORTED = (None, "Sorted in the depot")
_DOOR = (S.OUT_FOR_DELIVERY, "Out for delivery")
_THERE = (S.DELIVERED, "Delivered")
_BACK = (S.RETURNING, "On its way back")
_WAY = (_COLLECTED, _SORTED, _DOOR, _THERE)
_SCRIPTS: dict[Behaviour, tuple[tuple[ShipmentState | None, str], ...]] = {
    Behaviour.LOST: (_COLLECTED, (S.LOST, "Nobody knows where it is")),
    Behaviour.CONTRADICT: (_COLLECTED, _THERE, (S.IN_TRANSIT, "Left the depot"), _BACK),
    Behaviour.RETURN: (_COLLECTED, _DOOR, (S.REFUSED, "Refused at the door"), _BACK),
    Behaviour.LOCKER: (_COLLECTED, (S.AWAITING_PICKUP, "Waits to be fetched"), _THERE),
}


def told(
    behaviour: Behaviour, asked: int, stopped: int | None
) -> list[tuple[int, ShipmentState | None, str]]:
    """What is told at the `asked`th question: when (its place in the way), what, in words.

    `stopped` is at which question it was stopped: it turns back instead of going on.
    """
    way = _SCRIPTS.get(behaviour, _WAY)
    if behaviour is Behaviour.LATE and asked > 1:
        asked = max(1, asked - PATIENCE)
    shown = [(place, *step) for place, step in enumerate(way)]
    if behaviour is Behaviour.REORDER:
        # The second question brings the end, the third what was before.
        shown = [shown[0], shown[-1], *shown[1:-1]]
    if stopped is not None:
        shown = [*shown[:stopped], (len(way), *_BACK)]
    seen = shown[:asked]
    return seen * 2 if behaviour is Behaviour.REPEAT else seen
