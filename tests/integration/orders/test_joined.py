"""Parcels of several orders that travel as one."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.scopes import Scope
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.core.ids import new_id
from app.repositories.reports.joined_invariants import JOINED
from app.repositories.reports.shipping_invariants import SHIPPING
from app.repositories.reports.shop_invariants import ORDERS, STOCK
from app.services import orders
from tests.factories import staff as staff_factory
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.orders import ADDRESS, axes, place
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.sending import CLERK, LIMITS, on_stock, parcel, part_of

shipping = orders.shipping


async def sound(session):
    """Everything the audit says of orders, promises, stock and parcels holds."""
    for rule in (*ORDERS, *STOCK, *SHIPPING, *JOINED):
        broken = (await session.execute(text(rule.sql.replace(":", r"\:")))).all()
        assert broken == [], rule.name


async def buy(session, shop, sku=0, **more):
    lines = [(shop.skus[sku].id, 2)]
    placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER], **more)
    return placed.id, (await part_of(session, placed.id))["id"]


async def made(session):
    """Two orders to one address, and the first one's parcel, packed with a number."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 10_000_000)
    first, second = [await buy(session, shop, sku) for sku in (0, 1)]
    command = await parcel(session, first[0], number=f"SF{new_id().hex[:12]}")
    packed = await shipping.pack_parcel(session, command, actor=CLERK)
    return shop, first, second, packed


@pytest.fixture
async def packed(session):
    return await made(session)


async def hand_over(session, shipment_id):
    return await shipping.hand_over(session, shipment_id, actor=CLERK, limits=LIMITS)


async def joined_of(session, shipment_id):
    statement = text("SELECT id, state FROM shipments WHERE joined_to = :id")
    return [tuple(row) for row in await session.execute(statement, {"id": shipment_id})]


async def test_they_leave_are_followed_and_arrive_together(session, packed):
    shop, (one, _), (other, second), leader = packed
    with_both = await shipping.join(session, leader["id"], [second], actor=CLERK)
    ((member, state),) = await joined_of(session, leader["id"])
    assert (with_both["joins"], state) == ([str(member)], "prepared")
    await sound(session)
    with pytest.raises(shipping.TravelsWithAnother):
        await hand_over(session, member)
    await hand_over(session, leader["id"])
    assert await joined_of(session, leader["id"]) == [(member, "shipped")]
    assert await on_stock(session, shop.skus[0].id) == (8, 0)
    assert await on_stock(session, shop.skus[1].id) == (8, 0)
    for each in (one, other):
        assert await axes(session, each) == ("open", "paid", "shipped")
    await sound(session)
    for state in (ShipmentState.IN_TRANSIT, ShipmentState.DELIVERED):
        sighting = shipping.Sighting(state=state, provider_id=state)
        for _ in range(2):
            await shipping.record_tracking(
                session,
                leader["id"],
                sighting,
                actor=None,
                source=TrackingSource.CARRIER,
                limits=LIMITS,
            )
    assert await joined_of(session, leader["id"]) == [(member, "delivered")]
    assert await axes(session, other) == ("open", "paid", "delivered")
    found = text("SELECT count(*) FROM shipment_events WHERE shipment_id = :id")
    assert await session.scalar(found, {"id": member}) == 3
    await sound(session)


async def test_one_that_must_not_leave_keeps_them_all(session, packed):
    shop, _, (other, second), leader = packed
    await shipping.join(session, leader["id"], [second], actor=CLERK)
    await shipping.hold_by_hand(session, other, "look", actor=CLERK)
    with pytest.raises(shipping.OrderHeld):
        async with session.begin_nested():
            await hand_over(session, leader["id"])
    assert await on_stock(session, shop.skus[0].id) == (10, 2)
    ((member, _),) = await joined_of(session, leader["id"])
    apart = await shipping.take_apart(session, member, actor=CLERK)
    assert (apart["joined_to"], apart["state"]) == (None, "prepared")
    again = await shipping.take_apart(session, member, actor=CLERK)
    assert again["version"] == apart["version"]
    await hand_over(session, leader["id"])
    assert await on_stock(session, shop.skus[1].id) == (10, 2)
    await sound(session)


async def test_what_is_unpacked_or_cancelled_lets_the_others_go(session, packed):
    _, (one, _), (other, second), leader = packed
    await shipping.join(session, leader["id"], [second], actor=CLERK)
    ((member, _),) = await joined_of(session, leader["id"])
    await shipping.void_parcel(session, leader["id"], actor=CLERK)
    assert await joined_of(session, leader["id"]) == []
    await sound(session)
    packed = await shipping.pack_parcel(session, await parcel(session, one), actor=CLERK)
    await shipping.void_parcel(session, member, actor=CLERK)
    await shipping.join(session, packed["id"], [second], actor=CLERK)
    await orders.begin_cancel(session, one, actor=CLERK, reason="no")
    assert await joined_of(session, packed["id"]) == []
    await sound(session)
    found = text("SELECT id FROM shipments WHERE order_id = :id AND state = 'prepared'")
    await hand_over(session, await session.scalar(found, {"id": other}))
    await sound(session)


async def test_only_what_goes_one_way_goes_together(session, packed):
    shop, (one, first), (_, second), leader = packed
    _, elsewhere = await buy(session, shop, 2, address=ADDRESS | {"street": "人民路 9 号"})
    there = await make_warehouse(session, shop.merchant.id)
    _, moved = await buy(session, shop, 2)
    await put_stock(session, shop.skus[2].id, there.id)
    split = shipping.SplitOff(fulfilment_id=moved, warehouse_id=there.id)
    moved = await shipping.split_off(session, split, actor=CLERK)
    for wrong in ([elsewhere], [moved], [first], [new_id()]):
        with pytest.raises(shipping.NotOneWay):
            await shipping.join(session, leader["id"], [second, *wrong], actor=CLERK)
    await shipping.join(session, leader["id"], [second], actor=CLERK)
    ((member, _),) = await joined_of(session, leader["id"])
    waybill = shipping.Waybill(carrier_code="sf", tracking_number="SF900100")
    row = await shipping.get_shipment(session, member, actor=CLERK)
    for refused in (
        shipping.join(session, member, [moved], actor=CLERK),
        shipping.edit_parcel(session, member, waybill, version=row["version"], actor=CLERK),
    ):
        with pytest.raises(shipping.TravelsWithAnother):
            await refused
    await hand_over(session, leader["id"])
    for refused in (
        shipping.join(session, leader["id"], [moved], actor=CLERK),
        shipping.take_apart(session, member, actor=CLERK),
    ):
        with pytest.raises(shipping.IllegalShipmentTransition):
            await refused
    assert one


async def test_what_could_travel_together_is_suggested(client, session, packed):
    shop, (one, first), (other, second), leader = packed
    await shipping.void_parcel(session, leader["id"], actor=CLERK)
    await buy(session, shop, 2, address=ADDRESS | {"recipient": "Mei"})
    held, _ = await buy(session, shop, 2)
    await shipping.hold_by_hand(session, held, "look", actor=CLERK)
    scopes = [Scope.FULFILMENT_READ, Scope.FULFILMENT_WRITE]
    member = await staff_factory.make_staff(session, scopes=scopes)
    desk = Shopper(client, await staff_factory.bearer(session, member))
    await session.commit()
    path, asked = "/admin/parcel-suggestions", {"warehouse_id": str(shop.warehouse.id)}
    (found,) = (await desk.get(path, **asked)).json()["items"]
    assert [each["id"] for each in found["fulfilments"]] == [str(first), str(second)]
    assert [each["order_id"] for each in found["fulfilments"]] == [str(one), str(other)]
    assert found["address"]["recipient"] == ADDRESS["recipient"]
    await session.execute(text("UPDATE orders SET created_at = now() - interval '2 days'"))
    await session.commit()
    assert (await desk.get(path, **asked)).json()["items"] == []
    assert len((await desk.get(path, **asked, hours=72)).json()["items"]) == 1
    body = {"carrier_code": "sf", "tracking_number": "SF700800900"}
    packed = (await desk.post(f"/admin/fulfilments/{first}/parcels", body)).json()
    path = f"/admin/shipments/{packed['id']}"
    joined = await desk.post(f"{path}/join", {"fulfilment_ids": [str(second)]})
    assert joined.status_code == 200, joined.text
    ((mine, _),) = await joined_of(session, packed["id"])
    refused = await desk.post(f"/admin/shipments/{mine}/hand-over")
    assert refused.json()["type"] == "/problems/travels-with-another"
    assert refused.json()["joined_to"] == packed["id"]
    again = await desk.post(f"{path}/join", {"fulfilment_ids": [str(second)]})
    assert again.status_code == 409
    apart = await desk.post(f"{path}/take-apart")
    assert apart.status_code == 200, apart.text


async def test_parcels_that_are_not_there_are_said_to_be(client, session):
    member = await staff_factory.make_staff(session, scopes=[Scope.FULFILMENT_WRITE])
    desk = Shopper(client, await staff_factory.bearer(session, member))
    await session.commit()
    for verb, body in (("join", {"fulfilment_ids": [str(new_id())]}), ("take-apart", None)):
        missing = await desk.post(f"/admin/shipments/{new_id()}/{verb}", body)
        assert (missing.status_code, missing.json()["type"]) == (404, "/problems/not-found"), verb


async def test_taking_apart_and_cancelling_against_handing_over(fresh_engine):
    sessions = build_sessions(fresh_engine)

    async def apart(shipment_id):
        async with unit_of_work(sessions) as session:
            await shipping.take_apart(session, shipment_id, actor=CLERK)

    async def leave(shipment_id):
        async with unit_of_work(sessions) as session:
            await hand_over(session, shipment_id)

    async def cancel(order_id):
        async with unit_of_work(sessions) as session:
            await orders.begin_cancel(session, order_id, actor=CLERK, reason="no")

    for rival in (apart, cancel, cancel):
        async with unit_of_work(sessions) as session:
            _, (one, _), (other, second), leader = await made(session)
            await shipping.join(session, leader["id"], [second], actor=CLERK)
            ((member, _),) = await joined_of(session, leader["id"])
        target = {apart: member, cancel: other}[rival]
        told = await asyncio.gather(leave(leader["id"]), rival(target), return_exceptions=True)
        for each in told:
            if isinstance(each, BaseException) and not hasattr(each, "slug"):
                raise each
        async with unit_of_work(sessions) as session:
            await sound(session)
            assert one
