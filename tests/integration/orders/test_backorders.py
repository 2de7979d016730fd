"""Goods sold before they are there: they wait, come before shoppers, and leave once they came."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.inventory import WaitKind
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.models.backorders import BackorderTerms
from app.repositories.reports.backorder_invariants import BACKORDERS
from app.repositories.reports.shipping_invariants import SHIPPING
from app.repositories.reports.shop_invariants import ORDERS, STOCK
from app.services import inventory, orders
from tests.factories import staff as staff_factory
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.orders import ADDRESS, axes, place
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE
from tests.integration.orders.sending import CLERK, LIMITS, line_ids

routing, shipping = orders.routing, orders.shipping
SOON = datetime.now(UTC) + timedelta(days=7)


async def sound(session):
    """Everything the audit says of orders, promises, stock and what waits holds."""
    for rule in (*ORDERS, *STOCK, *SHIPPING, *BACKORDERS):
        broken = (await session.execute(text(rule.sql.replace(":", r"\:")))).all()
        assert broken == [], rule.name


async def terms(session, shop, **said):
    row = BackorderTerms(
        id=new_id(),
        **{
            "sku_id": shop.skus[0].id,
            "warehouse_id": shop.warehouse.id,
            "kind": WaitKind.BACKORDER,
            "most": 5,
            "ships_at": SOON,
            "allows_partial": True,
        }
        | said,
    )
    session.add(row)
    await session.flush()
    return row


async def made(session, **said):
    """A shop with two of the first SKU, sold beyond that up to five more."""
    shop = await make_shop(session, quantity=0)
    await put_stock(session, shop.skus[0].id, shop.warehouse.id, 2)
    await put_stock(session, shop.skus[1].id, shop.warehouse.id, 9)
    await give_balance(session, shop.member.id, 100_000_000)
    await terms(session, shop, **said)
    return shop


async def buy(session, shop, quantity, *more):
    lines = [(shop.skus[0].id, quantity), *more]
    placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
    return placed.id


async def counts(session, shop):
    """On hand, reserved and waiting of the first SKU."""
    statement = text("SELECT on_hand, reserved, waiting FROM stock WHERE sku_id = :id")
    return tuple((await session.execute(statement, {"id": shop.skus[0].id})).one())


async def parts(session, order_id):
    """`(id, whether it waits, status, pieces)` of each fulfilment, what is there first."""
    statement = text("""
        SELECT f.id, f.status, h.id IS NOT NULL AS waits,
            (SELECT sum(x.quantity - x.cancelled) FROM fulfilment_lines x
             WHERE x.fulfilment_id = f.id) AS pieces
        FROM fulfilments f LEFT JOIN order_holds h ON h.reference = f.id::text
            AND h.kind = 'backorder' AND h.lifted_at IS NULL
        WHERE f.order_id = :id ORDER BY waits, f.id
    """)
    rows = await session.execute(statement, {"id": order_id})
    return [(row.id, row.waits, row.status, int(row.pieces)) for row in rows]


async def ship(session, fulfilment_id):
    waybill = shipping.Waybill(carrier_code="sf")
    command = shipping.PackParcel(fulfilment_id=fulfilment_id, waybill=waybill)
    return await shipping.ship(session, command, actor=CLERK, limits=LIMITS)


async def test_what_is_there_leaves_and_the_rest_waits(session):
    shop = await made(session)
    order_id = await buy(session, shop, 4, (shop.skus[1].id, 1))
    there, waiting = await parts(session, order_id)
    assert (there[1:], waiting[1:]) == ((False, "unfulfilled", 3), (True, "unfulfilled", 2))
    assert await counts(session, shop) == (2, 2, 2)
    with pytest.raises(shipping.OrderHeld) as held:
        await ship(session, waiting[0])
    assert [each["kind"] for each in held.value.context["holds"]] == ["backorder"]
    await ship(session, there[0])
    assert await axes(session, order_id) == ("open", "paid", "partly_shipped")
    assert await counts(session, shop) == (0, 0, 2)
    await sound(session)
    assert not await routing.release(session, order_id)
    await put_stock(session, shop.skus[0].id, shop.warehouse.id, 1)
    assert await inventory.available(session, [shop.skus[0].id], shop.channel.id) == {
        shop.skus[0].id: 0
    }
    assert await routing.release(session, order_id)
    shipped, came, waiting = await parts(session, order_id)
    assert (came[1:], waiting[1:]) == ((False, "unfulfilled", 1), (True, "unfulfilled", 1))
    await sound(session)
    await ship(session, came[0])
    await put_stock(session, shop.skus[0].id, shop.warehouse.id, 5)
    assert await routing.release(session, order_id)
    assert await counts(session, shop) == (5, 1, 0)
    await ship(session, waiting[0])
    assert await axes(session, order_id) == ("open", "paid", "shipped")
    await sound(session)
    assert shipped


async def test_who_wants_all_at_once_keeps_what_came_until_then(session):
    shop = await made(session, allows_partial=False)
    order_id = await buy(session, shop, 5)
    await put_stock(session, shop.skus[0].id, shop.warehouse.id, 2)
    assert await routing.release(session, order_id)
    _, waiting = await parts(session, order_id)
    assert (waiting[1], waiting[3]) == (True, 3)
    assert await counts(session, shop) == (4, 4, 1)
    with pytest.raises(shipping.OrderHeld):
        await ship(session, waiting[0])
    await sound(session)
    await put_stock(session, shop.skus[0].id, shop.warehouse.id, 1)
    assert await routing.release(session, order_id)
    await ship(session, waiting[0])
    assert await counts(session, shop) == (2, 2, 0)
    await sound(session)


async def test_no_more_wait_than_may_and_not_longer_than_said(session):
    shop = await made(session, most=3)
    await buy(session, shop, 4)
    with pytest.raises(inventory.OutOfStock) as refused:
        async with session.begin_nested():
            await buy(session, shop, 2)
    assert refused.value.context["available"] == {str(shop.skus[0].id): 1}
    await buy(session, shop, 1)
    assert await counts(session, shop) == (2, 2, 3)
    await session.execute(text("UPDATE backorder_terms SET most = 9, until = now()"))
    with pytest.raises(inventory.OutOfStock):
        async with session.begin_nested():
            await buy(session, shop, 1)
    await sound(session)


async def test_a_presale_leaves_at_its_day_even_if_it_is_there(session):
    shop = await made(session, kind=WaitKind.PRESALE)
    order_id = await buy(session, shop, 2)
    ((waiting, is_waiting, _, pieces),) = await parts(session, order_id)
    assert (is_waiting, pieces) == (True, 2)
    assert await counts(session, shop) == (2, 0, 2)
    assert not await routing.release(session, order_id)
    await session.execute(text("UPDATE backorders SET ships_at = now() - interval '1 second'"))
    assert await routing.release(session, order_id)
    assert await counts(session, shop) == (2, 2, 0)
    await ship(session, waiting)
    await sound(session)


async def test_terms_of_a_channel_go_before_those_of_all(session):
    shop = await made(session, most=1)
    await terms(session, shop, channel_id=shop.channel.id, most=4)
    await buy(session, shop, 6)
    assert await counts(session, shop) == (2, 2, 4)


async def test_a_channel_of_its_own_terms_sells_what_is_there_before_the_presale_of_all(session):
    shop = await made(session, kind=WaitKind.PRESALE)
    await terms(session, shop, channel_id=shop.channel.id, most=1)
    await buy(session, shop, 3)
    assert await counts(session, shop) == (2, 2, 1)
    await sound(session)


async def test_an_order_of_nothing_but_what_waits_is_paid_later_and_stands(session, lin, shop):
    await terms(session, shop, sku_id=shop.skus[2].id)
    out = [inventory.Move(shop.skus[2].id, shop.warehouse.id, -10)]
    await inventory.adjust(session, out, cause="test")
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    cart_id = await lin.cart_of((shop.skus[2].id, 2))
    quoted = (await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS})).json()
    (parcel,) = quoted["delivery"]["parcels"]
    assert [(each["quantity"], each["kind"]) for each in parcel["waits"]] == [(2, "backorder")]
    assert datetime.fromisoformat(parcel["waits"][0]["ships_at"]) == SOON
    placed = await lin.order((shop.skus[2].id, 0 + 1), tenders=BY_BALANCE)
    (part,) = (await lin.get(f"/orders/{placed['id']}")).json()["fulfilments"]
    assert (part["waits"]["kind"], part["waits"]["allows_partial"]) == ("backorder", True)
    await sound(session)


async def test_unpaid_ones_wait_too_until_their_time_is_over(session):
    shop = await made(session)
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 4)])
    assert await counts(session, shop) == (2, 2, 2)
    await session.execute(text("UPDATE backorders SET expires_at = now() - interval '1 second'"))
    await put_stock(session, shop.skus[0].id, shop.warehouse.id, 9)
    assert not await routing.release(session, placed.id)
    owner = orders.stock_owner(placed.id)
    assert await inventory.commit(session, owner)
    assert await session.scalar(text("SELECT expires_at FROM backorders")) is None
    assert await routing.release(session, placed.id)
    await inventory.release(session, owner)
    assert await counts(session, shop) == (11, 0, 0)


async def test_cancelled_and_refunded_pieces_wait_no_more(session):
    shop = await made(session)
    order_id = await buy(session, shop, 7)
    (line_id,) = await line_ids(session, order_id)
    order = await orders_row(session, order_id)
    assert await shipping.drop_pieces(session, order, {line_id: 2}, actor=CLERK) == {line_id: 2}
    assert await counts(session, shop) == (2, 2, 3)
    await sound(session)
    await put_stock(session, shop.skus[0].id, shop.warehouse.id, 1)
    await session.execute(text("UPDATE backorders SET allows_partial = false"))
    await session.execute(
        text("UPDATE order_holds SET data = data || '{\"allows_partial\": false}'")
    )
    assert await routing.release(session, order_id)
    assert await counts(session, shop) == (3, 3, 2)
    await shipping.drop_pieces(session, order, {line_id: 3}, actor=CLERK)
    assert await counts(session, shop) == (3, 2, 0)
    assert [each[1] for each in await parts(session, order_id)] == [False, False]
    await sound(session)
    other = await buy(session, shop, 3)
    assert await counts(session, shop) == (3, 3, 2)
    await orders.begin_cancel(session, other, actor=CLERK, reason="no")
    assert await counts(session, shop) == (3, 2, 0)
    assert [each[1] for each in await parts(session, other)] == [False, False]
    await sound(session)


async def orders_row(session, order_id):
    statement = text("SELECT *, now() AS at FROM orders WHERE id = :id FOR UPDATE")
    return (await session.execute(statement, {"id": order_id})).mappings().one()


async def test_what_waits_is_not_regrouped(session):
    shop = await made(session)
    there = await make_warehouse(session, shop.merchant.id)
    order_id = await buy(session, shop, 4)
    (first, *_), (waiting, *_) = await parts(session, order_id)
    split = shipping.SplitOff(fulfilment_id=waiting, warehouse_id=there.id)
    for refused in (
        shipping.split_off(session, split, actor=CLERK),
        shipping.put_together(session, first, waiting, actor=CLERK),
        shipping.put_together(session, waiting, first, actor=CLERK),
        routing.reroute(session, waiting, leave=True, actor=CLERK),
    ):
        with pytest.raises(shipping.FulfilmentWaits):
            await refused
    plan = await routing.preview_route(session, waiting, actor=CLERK)
    assert (plan.moves, plan.stays) == ((), {})


async def test_what_came_goes_to_the_urgent_then_to_the_first(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await made(session)
        first, second, third = [await buy(session, shop, n) for n in (4, 1, 1)]
        unpaid = (await place(session, shop.member.id, [(shop.skus[0].id, 1)])).id
        await session.execute(text("UPDATE orders SET priority = 9 WHERE id = :id"), {"id": third})
        await put_stock(session, shop.skus[0].id, shop.warehouse.id, 2)
    assert await routing.release_due(sessions, limit=9) == 2
    open_ = text("SELECT quantity - filled - freed FROM backorders WHERE owner = :owner")

    async def waits(session, order_id):
        return await session.scalar(open_, {"owner": f"order:{order_id}"})

    async with unit_of_work(sessions) as session:
        found = [await waits(session, each) for each in (first, second, third, unpaid)]
        assert found == [1, 1, 0, 1]
        await sound(session)
        await put_stock(session, shop.skus[0].id, shop.warehouse.id, 9)
    assert await routing.release_due(sessions, limit=1) == 1
    assert await routing.release_due(sessions, limit=9) == 2
    assert await routing.release_due(sessions, limit=9) == 0
    async with unit_of_work(sessions) as session:
        assert await counts(session, shop) == (13, 7, 0)
        await sound(session)


async def outcomes(*tasks):
    told = await asyncio.gather(*tasks, return_exceptions=True)
    for each in told:
        if isinstance(each, BaseException) and not hasattr(each, "slug"):
            raise each
    return [getattr(each, "slug", "done") for each in told]


async def test_release_against_cancel_and_sales_against_all(fresh_engine):
    """Whoever is first: nothing is promised twice, and who waits comes before who shops."""
    sessions = build_sessions(fresh_engine)

    async def release(order_id):
        async with unit_of_work(sessions) as session:
            await routing.release(session, order_id)

    async def cancel(order_id):
        async with unit_of_work(sessions) as session:
            await orders.begin_cancel(session, order_id, actor=CLERK, reason="no")

    async def sell(shop):
        async with unit_of_work(sessions) as session:
            await buy(session, shop, 1)

    for _ in range(4):
        async with unit_of_work(sessions) as session:
            shop = await made(session)
            first = await buy(session, shop, 4)
            second = await buy(session, shop, 1)
            await put_stock(session, shop.skus[0].id, shop.warehouse.id, 2)
        told = await outcomes(
            release(first), release(second), cancel(first), sell(shop), sell(shop), sell(shop)
        )
        assert {each for each in told if each != "done"} <= {"stock-moved", "out-of-stock"}
        async with unit_of_work(sessions) as session:
            on_hand, reserved, waiting = await counts(session, shop)
            assert reserved <= on_hand == 4
            assert waiting <= 5
            await sound(session)


async def test_terms_are_kept_under_a_version_and_what_waits_is_listed(client, session):
    shop = await made(session)
    await session.execute(text("UPDATE backorder_terms SET is_active = false"))
    scopes = [Scope.INVENTORY_READ, Scope.INVENTORY_WRITE]
    member = await staff_factory.make_staff(session, scopes=scopes)
    desk = Shopper(client, await staff_factory.bearer(session, member))
    await session.commit()
    body = {
        "warehouse_id": str(shop.warehouse.id),
        "kind": "backorder",
        "most": 3,
        "ships_at": SOON.isoformat(),
    }
    said = body | {"sku_id": str(shop.skus[0].id)}
    created = await desk.post("/admin/backorder-terms", said)
    assert (created.status_code, created.headers["etag"]) == (201, '"1"'), created.text
    again = await desk.post("/admin/backorder-terms", said)
    assert (again.status_code, again.json()["field"]) == (409, "sku_id")
    nothing = await desk.post("/admin/backorder-terms", said | {"sku_id": str(new_id())})
    assert nothing.status_code == 422
    path = f"/admin/backorder-terms/{created.json()['id']}"
    assert (await desk.send("PUT", path, body)).status_code == 428
    stale = Shopper(client, desk.headers | {"If-Match": '"7"'})
    assert (await stale.send("PUT", path, body)).status_code == 412
    fresh = Shopper(client, desk.headers | {"If-Match": '"1"'})
    edited = await fresh.send("PUT", path, body | {"most": 4, "allows_partial": False})
    assert (edited.json()["most"], edited.json()["version"]) == (4, 2)
    assert (await fresh.send("PUT", f"/admin/backorder-terms/{new_id()}", body)).status_code == 404
    assert (await desk.get(path)).json() == edited.json()
    listed = await desk.get("/admin/backorder-terms", sku_id=str(shop.skus[0].id))
    assert len(listed.json()["items"]) == 2
    order_id = await buy(session, shop, 4)
    await session.commit()
    (waiting,) = (await desk.get("/admin/backorders", is_late="false")).json()["items"]
    assert (waiting["owner"], waiting["waiting"]) == (f"order:{order_id}", 2)
    assert (await desk.get("/admin/backorders", is_late="true")).json()["items"] == []
    page = await desk.get("/admin/backorders", sku_id=str(shop.skus[1].id))
    assert page.json()["items"] == []
