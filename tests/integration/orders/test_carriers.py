"""The carriers parcels may name."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.enums.scopes import Scope
from app.schemas.orders.carriers import CarrierOut, OwnCarriersOut
from app.services import orders
from tests.factories import merchants as merchant_factory
from tests.factories import staff as staff_factory
from tests.factories.payments import give_balance
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, ok, refused
from tests.integration.orders.sending import CLERK, LIMITS, part_of

TEN = ["chinapost", "deppon", "ems", "jd", "jt", "sf", "sto", "yto", "yunda", "zto"]
BIKE = {
    "code": "bike",
    "name": "Bike courier",
    "name_zh": "单车快递",
    "services": ["same-day"],
    "phone": "+86 21 5555 0100",
    "tracking_url": "https://bike.example/t/{number}",
}


@pytest.fixture
async def hand(client, session):
    scopes = [Scope.FULFILMENT_READ, Scope.FULFILMENT_WRITE]
    made = await staff_factory.make_staff(session, scopes=scopes)
    headers = await staff_factory.bearer(session, made)
    await session.commit()
    return Shopper(client, headers)


@pytest.fixture
async def path(session, lin, shop):
    """Where a paid order is shipped."""
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    order = await lin.order((shop.skus[0].id, 3), tenders=BY_BALANCE)
    part = await part_of(session, order["id"])
    return f"/admin/fulfilments/{part['id']}"


async def put(hand, carrier, **more):
    body = {name: value for name, value in BIKE.items() if name != "code"} | more
    return await hand.client.put(
        f"/api/v1/admin/carriers/{carrier['id']}",
        headers=hand.headers | {"If-Match": f'"{carrier["version"]}"'},
        json=body,
    )


async def test_ten_carriers_are_known_from_the_start(session, hand):
    found = (await ok(await hand.get("/admin/carriers", limit=100)))["items"]
    assert sorted(each["code"] for each in found) == TEN
    (sf,) = (each for each in found if each["code"] == "sf")
    CarrierOut.model_validate(sf)
    assert (sf["name_zh"], sf["tracking_code"], sf["merchant_id"]) == ("顺丰速运", "shunfeng", None)


async def test_parcels_name_a_carrier_that_is_open(hand, lin, path):
    refusal = await hand.post(f"{path}/ship", {"carrier_code": "bike"})
    assert refusal.json()["carriers"] == TEN
    assert await refused(refusal) == (422, "unknown-carrier")
    bike = await ok(await hand.post("/admin/carriers", BIKE), 201)
    assert await refused(await hand.post("/admin/carriers", BIKE)) == (409, "already-exists")
    body = {"carrier_code": "bike", "service": "overnight"}
    refusal = await hand.post(f"{path}/parcels", body)
    assert refusal.json()["services"] == ["same-day"]
    assert await refused(refusal) == (422, "unknown-carrier-service")
    body = {"carrier_code": "bike", "service": "same-day", "tracking_number": "BIKE-7"}
    sent = await ok(await hand.post(f"{path}/ship", body), 201)
    order = await ok(await lin.get(f"/orders/{sent['order_id']}"))
    (shown,) = order["shipments"]
    assert shown["carrier_name"] == "Bike courier"
    assert shown["tracking_url"] == "https://bike.example/t/BIKE-7"
    closed = await ok(await put(hand, bike, is_active=False))
    assert closed["version"] == 2
    assert await refused(await put(hand, bike)) == (412, "stale-version")
    headers = hand.headers | {"If-Match": f'"{sent["version"]}"'}
    url = f"/api/v1/admin/shipments/{sent['id']}"
    noted = await hand.client.put(url, headers=headers, json=body | {"note": "Left at the gate"})
    assert (await ok(noted))["note"] == "Left at the gate"
    headers["If-Match"] = noted.headers["etag"]
    other = await hand.client.put(url, headers=headers, json={"carrier_code": "walking"})
    assert await refused(other) == (422, "unknown-carrier")


async def test_a_merchants_own_carrier_is_nobody_elses(client, session, hand, path, shop):
    other = await merchant_factory.make_merchant(session)
    keys = [
        await merchant_factory.make_api_key(session, each, scopes=[Scope.ORDERS_READ])
        for each in (other.id, shop.merchant.id)
    ]
    await session.commit()
    strangers, ours = (Shopper(client, merchant_factory.bearer(each)) for each in keys)
    made = await hand.post("/admin/carriers", BIKE | {"merchant_id": str(other.id)})
    await ok(made, 201)
    assert await refused(await hand.post(f"{path}/ship", {"carrier_code": "bike"})) == (
        422,
        "unknown-carrier",
    )
    theirs = await ok(await strangers.get("/merchant/carriers"))
    OwnCarriersOut.model_validate(theirs)
    assert [each["code"] for each in theirs["items"]] == ["bike", *TEN]
    assert len((await ok(await ours.get("/merchant/carriers")))["items"]) == len(TEN)
    nobody = await hand.post("/admin/carriers", BIKE | {"code": "x1", "merchant_id": str(CLERK.id)})
    assert await refused(nobody) == (422, "invalid-reference")


async def test_an_address_without_the_number_is_no_tracking_address(hand):
    for url in ("https://bike.example/t", "javascript:{number}", "https://x/{number}{y}"):
        refusal = await hand.post("/admin/carriers", BIKE | {"tracking_url": url})
        assert refusal.status_code == 422


async def test_the_database_knows_carriers_too(session, path):
    parcel = orders.shipping.PackParcel(
        fulfilment_id=UUID(path.rsplit("/", 1)[1]),
        waybill=orders.shipping.Waybill(carrier_code="sf"),
    )
    await orders.shipping.ship(session, parcel, actor=CLERK, limits=LIMITS)
    with pytest.raises(IntegrityError):
        await session.execute(text("UPDATE shipments SET carrier_code = 'nobody'"))
