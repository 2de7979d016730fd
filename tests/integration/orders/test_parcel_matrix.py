"""Every state of a parcel and of a fulfilment meets everything that can be done with it."""

import pytest
from sqlalchemy import text

from app.core.enums.orders import FulfilmentStatus
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.services import orders
from app.services.orders.engine.shipping import LEFT, SHIPMENT
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.orders import place
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.sending import CLERK, LIMITS, line_ids, parcel, part_of
from tests.integration.outcomes import answers, outcome

shipping = orders.shipping
S, F = ShipmentState, FulfilmentStatus
ILLEGAL = "illegal-shipment-transition"


@pytest.fixture
async def bought(session):
    """A paid order of three of one SKU."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 1_000_000)
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 3)], tenders=[BALANCE_TENDER])
    return placed.id


async def said(session, shipment_id, state, *, by_carrier=False):
    return await shipping.record_tracking(
        session,
        shipment_id,
        shipping.Sighting(state=state),
        actor=None if by_carrier else CLERK,
        source=TrackingSource.CARRIER if by_carrier else TrackingSource.STAFF,
        limits=LIMITS,
    )


async def parcel_that_is(session, order_id, state):
    packed = await shipping.pack_parcel(session, await parcel(session, order_id), actor=CLERK)
    if state is S.VOID:
        await shipping.void_parcel(session, packed["id"], actor=CLERK)
    elif state is not S.PREPARED:
        await shipping.hand_over(session, packed["id"], actor=CLERK, limits=LIMITS)
        if state is S.RETURNED:
            await said(session, packed["id"], S.REFUSED)
            await shipping.take_in(session, packed["id"], is_resellable=True, actor=CLERK)
        elif state is not S.SHIPPED:
            await said(session, packed["id"], state)
    return await shipping.get_shipment(session, packed["id"], actor=CLERK)


@pytest.mark.parametrize("state", S)
async def test_a_parcel_in_every_state_answers_every_action(session, bought, state):
    found = await parcel_that_is(session, bought, state)
    assert found["state"] == state
    id_ = found["id"]
    waybill = shipping.Waybill(carrier_code="sf", note="Fragile")
    verbs = {
        "hand over": lambda: shipping.hand_over(session, id_, actor=CLERK, limits=LIMITS),
        "void": lambda: shipping.void_parcel(session, id_, actor=CLERK),
        "take in": lambda: shipping.take_in(session, id_, is_resellable=True, actor=CLERK),
        "edit": lambda: shipping.edit_parcel(
            session, id_, waybill, version=found["version"], actor=CLERK
        ),
    }
    done = {"hand over": S.SHIPPED, "void": S.VOID, "take in": S.RETURNED}
    for name, work in verbs.items():
        target = done.get(name)
        is_legal = bool(SHIPMENT[state]) if target is None else target in SHIPMENT[state] | {state}
        assert await outcome(session, work) == (None if is_legal else ILLEGAL), name


@pytest.mark.parametrize("state", S)
async def test_a_parcel_in_every_state_is_told_of_every_state(session, bought, state):
    """People are refused what cannot be; carriers are believed where they can be, else noted."""
    found = await parcel_that_is(session, bought, state)
    for target in S:
        is_told = state in LEFT and target in LEFT - {S.RETURNED}
        by_people = is_told and target in SHIPMENT[state]
        assert await outcome(session, lambda t=target: said(session, found["id"], t)) == (
            None if by_people else ILLEGAL
        ), target
        assert await outcome(
            session, lambda t=target: said(session, found["id"], t, by_carrier=True)
        ) == (None if is_told else ILLEGAL), target


async def fulfilment_that_is(session, order_id, status, id_=None):
    id_ = id_ or (await part_of(session, order_id))["id"]
    (line,) = await line_ids(session, order_id)
    if status is F.PICKING:
        await shipping.start_picking(session, id_, actor=CLERK)
    elif status is F.CANCELLED:
        await orders.begin_cancel(session, order_id, actor=CLERK, reason="No")
    elif status is not F.UNFULFILLED:
        sent = await ship(session, id_, {line: 1} if status is F.PARTLY_SHIPPED else None)
        if status is F.DELIVERED:
            await said(session, sent["id"], S.DELIVERED)
        elif status is F.RETURNED:
            await said(session, sent["id"], S.REFUSED)
            await shipping.take_in(session, sent["id"], is_resellable=True, actor=CLERK)
    statement = text("SELECT status FROM fulfilments WHERE id = :id")
    assert await session.scalar(statement, {"id": id_}) == status
    return id_, line


async def ship(session, id_, pieces=None):
    waybill = shipping.Waybill(carrier_code="sf")
    command = shipping.PackParcel(fulfilment_id=id_, waybill=waybill, pieces=pieces)
    return await shipping.ship(session, command, actor=CLERK, limits=LIMITS)


STANDS, OPEN = "illegal-order-transition", "pieces-not-open"
ANSWERS = {
    F.UNFULFILLED: (None, None, None, None),
    F.PICKING: (None, None, None, None),
    F.PARTLY_SHIPPED: (STANDS, STANDS, None, None),
    F.SHIPPED: (STANDS, STANDS, OPEN, OPEN),
    F.DELIVERED: (STANDS, STANDS, OPEN, OPEN),
    F.RETURNED: (STANDS, STANDS, OPEN, OPEN),
    F.CANCELLED: (STANDS, STANDS, STANDS, OPEN),
}
"""Problems of picking it, putting it back, packing all of it and splitting a piece off."""


@pytest.mark.parametrize("status", F)
async def test_a_fulfilment_in_every_status_answers_every_action(session, bought, status):
    id_, line = await fulfilment_that_is(session, bought, status)
    waybill = shipping.Waybill(carrier_code="sf")
    all_of_it = shipping.PackParcel(fulfilment_id=id_, waybill=waybill)
    one = shipping.SplitOff(fulfilment_id=id_, pieces={line: 1})
    verbs = (
        lambda: shipping.start_picking(session, id_, actor=CLERK),
        lambda: shipping.stop_picking(session, id_, actor=CLERK),
        lambda: shipping.pack_parcel(session, all_of_it, actor=CLERK),
        lambda: shipping.split_off(session, one, actor=CLERK),
    )
    found = [await outcome(session, work) for work in verbs]
    assert tuple(found) == ANSWERS[status]


NOT_TOGETHER = "not-together"
REGROUPED = {
    F.UNFULFILLED: ([0, 1], [3], [3], [1, 2]),
    F.PICKING: ([0, 1], [3], [3], [1, 2]),
    F.PARTLY_SHIPPED: ([0, 1], NOT_TOGETHER, [0, 2], [0, 1, 1]),
    F.SHIPPED: (OPEN, NOT_TOGETHER, OPEN, [0, 1]),
    F.DELIVERED: (OPEN, NOT_TOGETHER, OPEN, [0, 1]),
    F.RETURNED: (OPEN, NOT_TOGETHER, OPEN, [0, 1]),
    F.CANCELLED: (STANDS, NOT_TOGETHER, NOT_TOGETHER, STANDS),
}
"""Sending it, another into it, it into another, from elsewhere: open pieces of each afterwards."""


@pytest.mark.parametrize("status", F)
async def test_a_fulfilment_in_every_status_next_to_another(session, bought, status):
    """Two of three pieces in one, the third in another, and goods in a second warehouse."""
    first = await part_of(session, bought)
    (line,) = await line_ids(session, bought)
    split = shipping.SplitOff(fulfilment_id=first["id"], pieces={line: 1})
    other = await shipping.split_off(session, split, actor=CLERK)
    there = await make_warehouse(session, first["merchant_id"])
    sku_id = await session.scalar(text("SELECT sku_id FROM order_lines"))
    await put_stock(session, sku_id, there.id, 5)
    id_, _ = await fulfilment_that_is(session, bought, status, first["id"])

    async def look():
        rows = await session.scalars(
            text("SELECT quantity - cancelled - packed FROM fulfilment_lines")
        )
        return sorted(rows)

    verbs = {
        "send": lambda: ship(session, id_),
        "other into it": lambda: shipping.put_together(session, id_, other, actor=CLERK),
        "into other": lambda: shipping.put_together(session, other, id_, actor=CLERK),
        "elsewhere": lambda: orders.routing.reroute(session, id_, leave=True, actor=CLERK),
    }
    assert tuple((await answers(session, verbs, look)).values()) == REGROUPED[status]
