"""What may be asked of parcels that are on their way or wait to be fetched, as data. Pure."""

from http import HTTPStatus
from typing import Final

from app.core.enums.carriers import InterceptState, PickupCodeState
from app.core.enums.shipping import ShipmentState
from app.core.errors import DomainError

TURNS: Final = frozenset(
    {ShipmentState.SHIPPED, ShipmentState.IN_TRANSIT, ShipmentState.OUT_FOR_DELIVERY}
)
"""States of parcels that can still be turned back."""


class NothingToFetch(DomainError):
    """The parcel does not lie at a pickup point."""

    slug, title, title_zh = "nothing-to-fetch", "The parcel is not there", "包裹未到自提点"


class PickupCodeWrong(DomainError):
    slug, title, title_zh = "pickup-code-wrong", "That is not the code", "取件码不正确"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PickupCodeExpired(DomainError):
    """Its buyer gets another one."""

    slug, title, title_zh = "pickup-code-expired", "The code has expired", "取件码已过期"


def is_turned_back(parcel: ShipmentState, live: InterceptState | None) -> bool | None:
    """Whether its carrier agreed before, or is to be asked (False); None where it is too late."""
    if live is InterceptState.ACCEPTED:
        return True
    return False if parcel in TURNS else None


def is_handed_over(code: PickupCodeState, parcel: ShipmentState, *, is_right: bool) -> bool:
    """Whether a parcel changed hands before by its code; False: it does now, if it still may.

    Whoever has the parcel and hears its code is believed, also where a carrier said meanwhile that
    it is somewhere else from where it can arrive.

    Raises `NothingToFetch`, `PickupCodeWrong`, `PickupCodeExpired`.
    """
    if code is PickupCodeState.NONE:
        raise NothingToFetch("It has no code", state=parcel)
    if not is_right:
        raise PickupCodeWrong("Ask for it again")
    if code is PickupCodeState.EXPIRED:
        raise PickupCodeExpired("Its buyer gets another one")
    return code is PickupCodeState.USED


def require_waiting(parcel: ShipmentState, *, is_fetched: bool) -> None:
    """Raise `NothingToFetch` unless it lies where its buyer fetches it."""
    if parcel is not ShipmentState.AWAITING_PICKUP or not is_fetched:
        raise NothingToFetch("It is not at a pickup point", state=parcel)
