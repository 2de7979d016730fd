"""Exceptions and pickup codes over HTTP: staff, a merchant's system, the shopper."""

import pytest
from sqlalchemy import text

from app.core.enums.scopes import Scope
from app.schemas.orders.parcel_care import ParcelExceptionOut, PickupCodeOut
from app.services import orders
from tests.factories import merchants as merchant_factory
from tests.factories import staff as staff_factory
from tests.factories.payments import give_balance
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, ok, refused
from tests.integration.orders.sending import LIMITS, send


@pytest.fixture
async def hand(client, session):
    scopes = [Scope.FULFILMENT_READ, Scope.FULFILMENT_WRITE]
    made = await staff_factory.make_staff(session, scopes=scopes)
    headers = await staff_factory.bearer(session, made)
    await session.commit()
    return Shopper(client, headers)


@pytest.fixture
async def parcel(session, lin, shop):
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    order = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    await session.execute(text("""UPDATE orders SET delivery = '{"kind": "pickup"}'"""))
    made = await send(session, order["id"])
    await session.commit()
    return made


async def test_a_refused_parcel_is_seen_to(session, hand, parcel):
    path = f"/admin/shipments/{parcel['id']}"
    await ok(await hand.post(f"{path}/tracking", {"state": "refused"}))
    payload = {"order_id": parcel["order_id"], "shipment_id": parcel["id"]}
    await orders.carriers.follow_move(session, payload)
    await session.commit()
    (found,) = (await ok(await hand.get("/admin/parcel-exceptions", is_open=True)))["items"]
    ParcelExceptionOut.model_validate(found)
    assert (found["kind"], found["shipment_number"]) == ("refused", parcel["number"])
    resolve = f"/admin/parcel-exceptions/{found['id']}/resolve"
    done = await ok(await hand.post(resolve, {"note": "Sent again"}))
    assert done["note"] == "Sent again"
    assert (await ok(await hand.get("/admin/parcel-exceptions", is_open=True)))["items"] == []
    answer = await hand.post(f"{path}/intercept", {"reason": "too late"})
    assert await refused(answer) == (409, "illegal-shipment-transition")


async def test_a_parcel_is_fetched(client, session, sessions, settings, hand, lin, shop, parcel):
    key = await merchant_factory.make_api_key(
        session, shop.merchant.id, scopes=[Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    )
    other = await merchant_factory.make_merchant(session)
    strange = await merchant_factory.make_api_key(session, other.id, scopes=[Scope.ORDERS_WRITE])
    await session.commit()
    system, stranger = (Shopper(client, merchant_factory.bearer(each)) for each in (key, strange))
    mine = f"/orders/{parcel['order_id']}/shipments/{parcel['number']}/pickup-code"
    assert await refused(await lin.get(mine)) == (409, "nothing-to-fetch")
    told = f"/admin/shipments/{parcel['id']}/tracking"
    await ok(await hand.post(told, {"state": "awaiting_pickup"}))
    await orders.carriers.issue_codes(sessions, settings.secrets.pepper, LIMITS, limit=5)
    shown = await ok(await lin.get(mine))
    PickupCodeOut.model_validate(shown)
    renewed = await ok(await lin.post(mine))
    assert renewed["code"] != shown["code"]
    there = f"/merchant/shipments/{parcel['id']}/pick-up"
    assert (await stranger.post(there, {"code": renewed["code"]})).status_code == 404
    assert await refused(await system.post(there, {"code": shown["code"]})) == (
        422,
        "pickup-code-wrong",
    )
    assert (await system.post(there, {"code": "12"})).status_code == 422
    fetched = await ok(await system.post(there, {"code": renewed["code"]}))
    assert fetched["state"] == "delivered"
    sources = text("SELECT source FROM shipment_events WHERE state = 'delivered'")
    assert await session.scalar(sources) == "merchant"
    again = await hand.post(f"/admin/shipments/{parcel['id']}/pick-up", {"code": renewed["code"]})
    assert (await ok(again))["state"] == "delivered"
