"""Returns over HTTP: a shopper, a clerk, the warehouse and a merchant's system."""

from uuid import UUID

import pytest

from app.core.enums.scopes import Scope
from app.schemas.orders.after_sales import (
    MerchantReturnOut,
    ReturnOut,
    ReturnPreviewOut,
    StaffReturnOut,
)
from tests.factories import merchants as merchant_factory
from tests.factories import staff as staff_factory
from tests.factories.payments import give_balance
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, decide, lines_of, ok, refused, ship

WARMED = {"kind": "return", "reason_code": "changed_mind", "reason": "too small"}


@pytest.fixture
async def hand(client, session):
    """Somebody of the warehouse."""
    made = await staff_factory.make_staff(session, scopes=[Scope.FULFILMENT_WRITE])
    headers = await staff_factory.bearer(session, made)
    await session.commit()
    return Shopper(client, headers)


@pytest.fixture
async def bought(session, lin, shop):
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    order = await lin.order((shop.skus[0].id, 2), (shop.skus[1].id, 1), tenders=BY_BALANCE)
    await ship(session, order)
    return order


@pytest.fixture
async def asked(lin, bought):
    """A return of two pieces that was asked for, with the line they are of."""
    line = next(iter((await lines_of(lin, bought)).values()))
    body = WARMED | {"lines": [{"line_id": line, "quantity": 2}]}
    return line, await ok(await lin.post(f"/orders/{bought['id']}/returns", body), 201)


async def act(client, row, action, *, section="admin", version=None, **body):
    headers = client.headers | {"If-Match": f'"{version or row["version"]}"'}
    path = f"/api/v1/{section}/returns/{row['id']}/{action}"
    return await client.client.post(path, headers=headers, json=body)


async def test_from_the_application_to_the_money(lin, clerk, hand, bought):
    path = f"/orders/{bought['id']}"
    found = await ok(await lin.get(f"{path}/returnable", reason_code="changed_mind"))
    assert [(each["left"], each["reasons"]) for each in found["lines"]] == [(2, []), (1, [])]
    line = found["lines"][0]["line_id"]
    media = ["https://img.example/a.jpg"]
    body = WARMED | {"lines": [{"line_id": line, "quantity": 2}], "media": media}
    preview = await ok(await lin.post(f"{path}/returns/preview", body))
    refund = ReturnPreviewOut.model_validate(preview).refund
    assert sum(each.quantity * each.amount_minor for each in refund.units) == refund.amount_minor
    assert {each.line_id for each in refund.units} == {UUID(line)}
    assert {share.tender_id for each in refund.units for share in each.tenders} == {
        part.tender_id for part in refund.parts
    }
    for _ in range(2):
        row = await ok(await lin.post(f"{path}/returns", body, key="return-them-1"), 201)
    ReturnOut.model_validate(row)
    assert await refused(await lin.post(f"{path}/returns", body)) == (409, "not-returnable")
    assert (await ok(await lin.get(path)))["return_status"] == "requested"
    assert [each["id"] for each in (await ok(await lin.get("/returns")))["items"]] == [row["id"]]
    row = await ok(await clerk.post(f"/admin/returns/{row['id']}/claim"))
    assert await refused(await act(clerk, row, "approve", version=99)) == (412, "stale-version")
    row = await ok(await act(clerk, row, "approve"))
    StaffReturnOut.model_validate(row)
    assert await refused(await act(clerk, row, "inspect", lines=[{"line_id": line}])) == (
        403,
        "insufficient-scope",
    )
    waybill = {"carrier_code": "sf", "tracking_number": "SF777000111"}
    answer = await lin.post(f"/returns/{row['id']}/send", waybill | {"carrier_code": "no-such"})
    assert await refused(answer) == (422, "unknown-carrier")
    assert answer.json()["field"] == "carrier_code"
    assert "sf" in answer.json()["carriers"]
    await ok(await lin.post(f"/returns/{row['id']}/send", waybill))
    row = await ok(await clerk.get(f"/admin/returns/{row['id']}"))
    row = await ok(await act(hand, row, "receive"))
    row = await ok(await clerk.post(f"/admin/returns/{row['id']}/release"))
    row = await ok(
        await act(hand, row, "inspect", lines=[{"line_id": line, "resellable": 1, "scrap": 1}])
    )
    row = await ok(await act(clerk, row, "refund"))
    assert (row["state"], row["lines"][0]["accepted"]) == ("refunded", 2)
    told = await ok(await lin.get(f"/returns/{row['id']}"))
    assert "actor" not in told["events"][0]
    order = await ok(await lin.get(path))
    assert (order["return_status"], order["payment_status"]) == (
        "partly_returned",
        "partly_refunded",
    )
    (refund,) = order["payment"]["refunds"]
    assert (refund["number"], refund["amount_minor"]) == (
        row["number"],
        preview["refund"]["amount_minor"],
    )
    assert [each["kind"] for each in order["timeline"] if each["kind"].startswith("return_")] == [
        "return_requested",
        "return_awaiting_goods",
        "return_in_transit",
        "return_received",
        "return_accepted",
        "return_refunded",
    ]


async def test_a_merchant_decides_and_the_platform_pays(client, session, clerk, shop, asked):
    line, row = asked
    key = await merchant_factory.make_api_key(
        session, shop.merchant.id, scopes=[Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    )
    other = await merchant_factory.make_merchant(session)
    strange = await merchant_factory.make_api_key(
        session, other.id, scopes=[Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    )
    await session.commit()
    system, stranger = (Shopper(client, merchant_factory.bearer(each)) for each in (key, strange))
    assert (await ok(await stranger.get("/merchant/returns")))["items"] == []
    assert (await stranger.get(f"/merchant/returns/{row['id']}")).status_code == 404
    assert (await act(stranger, row, "approve", section="merchant")).status_code == 404
    (listed,) = (await ok(await system.get("/merchant/returns", is_open="true")))["items"]
    MerchantReturnOut.model_validate(listed)
    row = await ok(await act(system, listed, "approve", section="merchant"))
    row = await ok(await act(system, row, "receive", section="merchant"))
    lines = [{"line_id": line, "resellable": 2}]
    row = await ok(await act(system, row, "inspect", section="merchant", lines=lines))
    row = await ok(await act(system, row, "refund", section="merchant"))
    assert row["state"] == "refunding"
    row = await ok(await clerk.get(f"/admin/returns/{row['id']}"))
    await ok(await decide(clerk, f"/refunds/{row['refund_id']}/approve"))
    assert (await ok(await clerk.get(f"/admin/returns/{row['id']}")))["state"] == "refunded"


async def test_who_disagrees_has_the_platform_decide(client, session, lin, clerk, shop, asked):
    _, row = asked
    key = await merchant_factory.make_api_key(
        session, shop.merchant.id, scopes=[Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    )
    await session.commit()
    system = Shopper(client, merchant_factory.bearer(key))
    row = await ok(await act(system, row, "reject", section="merchant", note="Worn"))
    row = await ok(await lin.post(f"/returns/{row['id']}/escalate", {"note": "It is new"}))
    assert row["state"] == "escalated"
    for action in ("approve", "reject"):
        refusal = await act(system, row, action, section="merchant", note="Worn")
        assert await refused(refusal) == (409, "platform-decides")
    row = await ok(await act(clerk, row, "reject", note="Worn indeed"))
    assert row["state"] == "denied"
    again = await lin.post(f"/returns/{row['id']}/escalate", {"note": "It is new"})
    assert await refused(again) == (409, "illegal-return-transition")
    assert again.json()["current"] == "denied"


async def test_what_is_asked_back_is_not_refunded_beside_it(lin, clerk, bought, asked):
    line, row = asked
    path = f"/admin/orders/{bought['id']}/refunds"
    wish = {"reason_code": "defective", "reason": "cracked"}
    units = {"kind": "units", "lines": [{"line_id": line, "quantity": 1}]}
    for each in (units, {"kind": "everything"}):
        assert await refused(await clerk.post(path, wish | each)) == (409, "units-in-return")
    await ok(await clerk.post(path, wish | {"kind": "amount", "amount_minor": 1}), 201)
    for _ in range(2):
        gone = await ok(await lin.post(f"/returns/{row['id']}/cancel"))
    assert gone["state"] == "cancelled"
    await ok(await clerk.post(path, wish | units), 201)
