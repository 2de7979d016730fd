"""Pieces are taken off orders that people are paid for: at the door, or by a transfer."""

from uuid import UUID

from app.services import orders
from tests.integration.orders.changing import AGREED, BY_SHOP, change
from tests.integration.orders.charging import require_sound
from tests.integration.orders.refunding import lines_of, ok, refused
from tests.integration.orders.sending import CLERK, on_stock, parcel, part_of
from tests.integration.orders.test_by_hand import BY_CASH, BY_TRANSFER, settings
from tests.integration.orders.test_taking_off import off, preview

__all__ = ["settings"]


async def test_what_is_paid_at_the_door_is_less_until_a_parcel_was_made(lin, clerk, shop, session):
    order = await lin.order((shop.skus[0].id, 3), (shop.skus[1].id, 1), tenders=BY_CASH)
    lines = await lines_of(lin, order)
    tea, pot = lines[shop.skus[0].code], lines[shop.skus[1].code]
    await ok(await change(lin, order, off((tea, 1))), 201)
    part = await part_of(session, UUID(order["id"]))
    await orders.shipping.start_picking(session, part["id"], actor=CLERK)
    await session.commit()
    assert await refused(await preview(lin, order, off((tea, 1)))) == (409, "being-picked")
    await ok(await change(clerk, order, off((pot, 1), **AGREED), BY_SHOP), 201)
    found = await ok(await lin.get(f"/orders/{order['id']}"))
    assert (found["payable_minor"], found["payment_status"]) == (20_000, "awaiting")
    assert found["payment"]["tenders"][0]["amount_minor"] == 20_000
    assert [(await on_stock(session, each.id))[1] for each in shop.skus[:2]] == [2, 0]
    await require_sound(session)
    command = await parcel(session, UUID(order["id"]), {UUID(tea): 1})
    packed = await orders.shipping.pack_parcel(session, command, actor=CLERK)
    await orders.shipping.void_parcel(session, packed["id"], actor=CLERK)
    await session.commit()
    answer = await preview(clerk, order, off((tea, 1), **AGREED), BY_SHOP)
    assert await refused(answer) == (409, "being-picked")


async def test_a_transfer_that_waits_to_be_confirmed_comes_first(lin, clerk, shop, session):
    order = await lin.order((shop.skus[0].id, 3), tenders=BY_TRANSFER)
    line = (await lines_of(lin, order))[shop.skus[0].code]
    await ok(await change(lin, order, off((line, 1))), 201)
    plan = (await ok(await clerk.get("/admin/payments", order_id=order["id"])))["items"][0]
    where = f"/admin/payments/{plan['id']}/collections"
    await ok(await clerk.post(where, {"amount_minor": 20_000, "reference": "T-1"}), 201)
    answer = await change(lin, order, off((line, 1)))
    assert await refused(answer) == (409, "payment-under-way")
    await require_sound(session)
