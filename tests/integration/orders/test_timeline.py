"""What the timeline says of each step: enough to tell a shopper of it without asking again."""

from uuid import UUID

import pytest

from app.core.enums.scopes import Scope
from app.services import orders
from tests.factories import staff as staff_factory
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, lines_of, ok, wish
from tests.integration.orders.sending import CLERK, LIMITS, parcel


@pytest.fixture
async def bought(lin, shop, purse):
    """Two pieces at 100.00 and one at 200.00, paid by balance."""
    return await lin.order((shop.skus[0].id, 2), (shop.skus[1].id, 1), tenders=BY_BALANCE)


@pytest.fixture
async def hand(client, session):
    """Somebody of the warehouse."""
    scopes = [Scope.FULFILMENT_READ, Scope.FULFILMENT_WRITE]
    made = await staff_factory.make_staff(session, scopes=scopes)
    headers = await staff_factory.bearer(session, made)
    await session.commit()
    return Shopper(client, headers)


async def timeline(lin, order, kind):
    found = await ok(await lin.get(f"/orders/{order['id']}"))
    return [each["data"] for each in found["timeline"] if each["kind"] == kind]


async def test_a_payment_says_how_much(lin, bought):
    assert await timeline(lin, bought, "paid") == [{"amount_minor": 40_000, "currency": "CNY"}]


async def test_each_refund_says_how_much_came_back(lin, clerk, shop, bought):
    """Also the second, which leaves the order partly refunded as it was."""
    lines = await lines_of(lin, bought)
    made = []
    for sku in shop.skus[:2]:
        body = wish(lines=[{"line_id": lines[sku.code], "quantity": 1}])
        made.append(await ok(await clerk.post(f"/admin/orders/{bought['id']}/refunds", body), 201))
    assert await timeline(lin, bought, "refunded") == [
        {
            "refund_number": each["number"],
            "amount_minor": amount,
            "currency": "CNY",
            "state": "succeeded",
        }
        for each, amount in zip(made, (10_000, 20_000), strict=True)
    ]


async def test_what_leaves_and_where_it_is_says_which_parcel(session, lin, hand, bought):
    command = await parcel(session, UUID(bought["id"]), number="SF100200300")
    sent = await orders.shipping.ship(session, command, actor=CLERK, limits=LIMITS)
    await session.commit()
    seen = {"state": "delivered"}
    await ok(await hand.post(f"/admin/shipments/{sent['id']}/tracking", seen))
    told = {
        "shipment_number": sent["number"],
        "carrier_code": "sf",
        "tracking_number": "SF100200300",
    }
    assert await timeline(lin, bought, "shipped") == [told]
    assert await timeline(lin, bought, "parcel_delivered") == [told]


async def test_a_return_says_which(session, lin, shop, bought):
    command = await parcel(session, UUID(bought["id"]))
    await orders.shipping.ship(session, command, actor=CLERK, limits=LIMITS)
    await session.commit()
    lines = await lines_of(lin, bought)
    body = {
        "kind": "return",
        "reason_code": "changed_mind",
        "reason": "too small",
        "lines": [{"line_id": lines[shop.skus[0].code], "quantity": 1}],
    }
    asked = await ok(await lin.post(f"/orders/{bought['id']}/returns", body), 201)
    assert await timeline(lin, bought, "return_requested") == [
        {"return_id": asked["id"], "return_number": asked["number"]}
    ]
