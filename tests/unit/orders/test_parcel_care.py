"""Turning parcels back and handing them out: every state times what is asked."""

from itertools import product

import pytest

from app.core.enums.carriers import InterceptState, PickupCodeState
from app.core.enums.shipping import ShipmentState
from app.core.errors import DomainError
from app.services.orders.engine.parcel_care import (
    NothingToFetch,
    PickupCodeExpired,
    PickupCodeWrong,
    is_handed_over,
    is_turned_back,
    require_waiting,
)

S, C = ShipmentState, PickupCodeState
UNDER_WAY = {S.SHIPPED, S.IN_TRANSIT, S.OUT_FOR_DELIVERY}


@pytest.mark.parametrize(
    ("parcel", "live"), list(product(S, [None, InterceptState.ASKED, InterceptState.ACCEPTED]))
)
def test_what_is_under_way_is_asked_back_until_its_carrier_agreed(parcel, live):
    if live is InterceptState.ACCEPTED:
        assert is_turned_back(parcel, live) is True
    else:
        assert is_turned_back(parcel, live) is (False if parcel in UNDER_WAY else None)


ANSWERS: dict[tuple[PickupCodeState, bool], bool | type[DomainError]] = {
    (C.NONE, False): NothingToFetch,
    (C.NONE, True): NothingToFetch,
    (C.GOOD, False): PickupCodeWrong,
    (C.GOOD, True): False,
    (C.EXPIRED, False): PickupCodeWrong,
    (C.EXPIRED, True): PickupCodeExpired,
    (C.USED, False): PickupCodeWrong,
    (C.USED, True): True,
}


@pytest.mark.parametrize("parcel", S)
@pytest.mark.parametrize(("code", "is_right"), list(product(C, [False, True])))
def test_who_says_the_code_gets_the_parcel_once(code, is_right, parcel):
    """Nobody learns by guessing whether a code has expired."""
    expected = ANSWERS[code, is_right]
    if isinstance(expected, bool):
        assert is_handed_over(code, parcel, is_right=is_right) is expected
    else:
        with pytest.raises(expected) as refused:
            is_handed_over(code, parcel, is_right=is_right)
        assert refused.value.context == ({"state": parcel} if code is C.NONE else {})


@pytest.mark.parametrize(("parcel", "is_fetched"), list(product(S, [False, True])))
def test_a_code_is_for_what_waits_where_it_is_fetched(parcel, is_fetched):
    if is_fetched and parcel is S.AWAITING_PICKUP:
        require_waiting(parcel, is_fetched=is_fetched)
    else:
        with pytest.raises(NothingToFetch) as refused:
            require_waiting(parcel, is_fetched=is_fetched)
        assert refused.value.context == {"state": parcel}
