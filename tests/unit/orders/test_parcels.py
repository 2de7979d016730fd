"""Every state of a parcel against every target; what parcels and counts make of a fulfilment."""

from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.orders import FulfilmentStatus
from app.core.enums.shipping import ShipmentState
from app.services.orders.engine import FULFILMENT, advance
from app.services.orders.engine.shipping import (
    LEFT,
    SHIPMENT,
    PartLine,
    TooMany,
    pack,
    status_of,
)
from app.services.orders.shipping import IllegalShipmentTransition
from app.services.orders.shipping.pack import require_move

S, F = ShipmentState, FulfilmentStatus
ON_ITS_WAY = (S.SHIPPED, S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.AWAITING_PICKUP, S.REFUSED)
LEGAL = {
    (S.PREPARED, S.SHIPPED),
    (S.PREPARED, S.VOID),
    (S.LOST, S.DELIVERED),
    (S.LOST, S.RETURNED),
    (S.RETURNING, S.RETURNED),
    (S.RETURNING, S.LOST),
    *(
        (current, target)
        for current, target in product(ON_ITS_WAY, S)
        if target not in {current, S.PREPARED, S.SHIPPED, S.VOID}
    ),
}


@pytest.mark.parametrize(("current", "target"), list(product(S, repeat=2)))
def test_a_parcel_moves_or_is_refused(current, target):
    if (current, target) in LEGAL:
        require_move(current, target)
    else:
        with pytest.raises(IllegalShipmentTransition) as refused:
            require_move(current, target)
        assert refused.value.context == {"current": current, "target": target}


def test_what_has_left_never_counts_as_not_left():
    assert set(SHIPMENT) == set(S)
    assert all(SHIPMENT[state] <= LEFT for state in LEFT)


def line(number=1, quantity=3, cancelled=0, packed=0, shipped=0):
    return PartLine(UUID(int=number), UUID(int=90), quantity, cancelled, packed, shipped)


def test_pieces_that_are_not_sent_any_more_are_not_packed():
    given_up = line(quantity=3, cancelled=1, packed=1)
    assert pack([given_up], None) == {given_up.line_id: 1}
    with pytest.raises(TooMany) as refused:
        pack([given_up], {given_up.line_id: 2})
    assert refused.value.missing == {given_up.line_id: 1}


@st.composite
def lines(draw):
    found = []
    for number in range(draw(st.integers(1, 3))):
        quantity = draw(st.integers(1, 4))
        cancelled = draw(st.integers(0, quantity))
        packed = draw(st.integers(0, quantity - cancelled))
        shipped = draw(st.integers(0, packed))
        found.append(line(number, quantity, cancelled, packed, shipped))
    return found


@given(lines(), st.data())
def test_s7_a_parcel_takes_what_is_open_and_no_more(found, data):
    everything = pack(found, None)
    assert everything == {each.line_id: each.open for each in found if each.open}
    chosen = data.draw(st.sampled_from(found))
    over = {chosen.line_id: chosen.open + 1}
    with pytest.raises(TooMany) as refused:
        pack(found, over)
    assert refused.value.missing == {chosen.line_id: 1}
    if chosen.open:
        assert pack(found, {chosen.line_id: chosen.open}) == {chosen.line_id: chosen.open}


@pytest.mark.parametrize("wanted", [{UUID(int=1): 0}, {UUID(int=1): -1}, {UUID(int=7): 1}])
def test_nonsense_is_no_parcel(wanted):
    with pytest.raises(TooMany):
        pack([line()], wanted)


@pytest.mark.parametrize(
    ("found", "parcels", "is_picking", "status"),
    [
        ([line()], [], False, F.UNFULFILLED),
        ([line()], [], True, F.PICKING),
        ([line(packed=3)], [S.PREPARED], True, F.PICKING),
        ([line(cancelled=3)], [], True, F.CANCELLED),
        ([line(packed=1, shipped=1)], [S.SHIPPED], False, F.PARTLY_SHIPPED),
        ([line(packed=3, shipped=1)], [S.DELIVERED, S.PREPARED], True, F.PARTLY_SHIPPED),
        ([line(cancelled=2, packed=1, shipped=1)], [S.LOST], False, F.SHIPPED),
        ([line(packed=3, shipped=3)], [S.DELIVERED, S.IN_TRANSIT], False, F.SHIPPED),
        ([line(packed=3, shipped=3)], [S.DELIVERED, S.RETURNED], False, F.DELIVERED),
        ([line(packed=3, shipped=3)], [S.RETURNED, S.RETURNED], False, F.RETURNED),
    ],
)
def test_a_fulfilment_is_as_far_as_its_parcels(found, parcels, is_picking, status):
    assert status_of(found, parcels, is_picking=is_picking) is status


@given(lines(), st.booleans(), st.data())
def test_a_parcel_that_moves_moves_its_fulfilment_legally(found, is_picking, data):
    """Whatever one parcel may do next, the fulfilment's table allows what follows."""
    shipped = any(each.shipped for each in found)
    states = [data.draw(st.sampled_from(sorted(LEFT)))] if shipped else []
    before = status_of(found, states, is_picking=is_picking)
    if states:
        for target in SHIPMENT[states[0]]:
            after = status_of(found, [target], is_picking=is_picking)
            if after is not before:
                assert advance(FULFILMENT, before, after) is after
