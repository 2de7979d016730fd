"""Goods that are promised and cannot be found: others send them, or they wait with a reason."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.scopes import Scope
from app.core.waiting_settings import WaitingSettings
from app.services import inventory, orders
from tests.factories import staff as staff_factory
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.orders import place
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.sending import CLERK, line_ids
from tests.integration.orders.sending import LIMITS as SENDING
from tests.integration.orders.test_backorders import outcomes, parts, ship, sound

routing, shipping = orders.routing, orders.shipping
LIMITS = WaitingSettings()


async def made(session, elsewhere=0):
    """Ten of a SKU in one warehouse, some in another; three orders of three, two and four."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 100_000_000)
    placed = []
    for n in (3, 2, 4):
        lines = [(shop.skus[0].id, n)]
        placed.append((await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])).id)
    there = await make_warehouse(session, shop.merchant.id, region_code="440106")
    if elsewhere:
        await put_stock(session, shop.skus[0].id, there.id, elsewhere)
    return shop, there, placed


async def miss(session, shop, n, **said):
    """A count finds so many fewer than are on the books."""
    move = inventory.Move(shop.skus[0].id, shop.warehouse.id, -n)
    fits, missing = await inventory.shortages.fit(session, [move])
    if fits:
        await inventory.adjust(session, fits, cause="test")
    await inventory.shortages.note(session, missing, cause="stocktake:1", actor=None, **said)


async def counts(session, warehouse_id):
    statement = text(
        "SELECT on_hand, reserved, waiting FROM stock WHERE warehouse_id = :id AND sku_id ="
        " (SELECT min(sku_id::text)::uuid FROM stock_shortages)"
    )
    return tuple((await session.execute(statement, {"id": warehouse_id})).one())


async def shortage(session):
    statement = text("SELECT quantity, written_off, gone FROM stock_shortages")
    return tuple((await session.execute(statement)).one())


async def test_who_was_to_be_served_last_is_sent_from_elsewhere(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop, there, (first, _, last) = await made(session, elsewhere=9)
        await miss(session, shop, 3)
        assert await counts(session, shop.warehouse.id) == (9, 9, 0)
        await sound(session)
    assert await routing.leave_short_due(sessions, LIMITS, limit=9) == 1
    async with unit_of_work(sessions) as session:
        assert await shortage(session) == (2, 2, 0)
        assert await counts(session, shop.warehouse.id) == (7, 7, 0)
        assert await counts(session, there.id) == (9, 2, 0)
        assert [each[3] for each in await parts(session, last)] == [2, 2]
        assert [each[3] for each in await parts(session, first)] == [3]
        assert await session.scalar(text("SELECT count(*) FROM order_tickets")) == 0
        await sound(session)
    assert await routing.leave_short_due(sessions, LIMITS, limit=9) == 0


async def test_what_nobody_has_waits_with_a_ticket_and_comes_before_shoppers(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop, there, (first, second, last) = await made(session, elsewhere=1)
        await session.execute(text("UPDATE orders SET priority = 5 WHERE id = :id"), {"id": last})
        await miss(session, shop, 3)
    assert await routing.leave_short_due(sessions, LIMITS, limit=9) == 1
    async with unit_of_work(sessions) as session:
        assert await shortage(session) == (2, 2, 0)
        assert await counts(session, shop.warehouse.id) == (7, 7, 1)
        assert await counts(session, there.id) == (1, 1, 0)
        assert [each[3] for each in await parts(session, last)] == [4]
        ((moved, *_), (waiting, is_waiting, _, n)) = await parts(session, second)
        assert (is_waiting, n) == (True, 1)
        statement = text("SELECT order_id, kind, subject FROM order_tickets")
        ((ticket_of, kind, subject),) = (await session.execute(statement)).all()
        assert (ticket_of, kind) == (second, "stock")
        assert "missing" in subject
        with pytest.raises(shipping.OrderHeld):
            async with session.begin_nested():
                await ship(session, waiting)
        await sound(session)
        await ship(session, moved)
        await put_stock(session, shop.skus[0].id, shop.warehouse.id, 1)
    assert await routing.release_due(sessions, limit=9) == 1
    async with unit_of_work(sessions) as session:
        await ship(session, waiting)
        await sound(session)
        assert [each[3] for each in await parts(session, first)] == [3]


async def test_pieces_that_came_free_are_missing_first(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop, _, (first, *_) = await made(session)
        await miss(session, shop, 3)
        await orders.begin_cancel(session, first, actor=CLERK, reason="no")
        assert await counts(session, shop.warehouse.id) == (9, 6, 0)
    assert await routing.leave_short_due(sessions, LIMITS, limit=9) == 1
    async with unit_of_work(sessions) as session:
        assert await counts(session, shop.warehouse.id) == (7, 6, 0)
        assert await shortage(session) == (2, 2, 0)
        assert await session.scalar(text("SELECT count(*) FROM backorders")) == 0
        await sound(session)


async def test_what_is_packed_or_not_paid_for_is_looked_at_again_later(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop, _, (first, second, last) = await made(session)
        unpaid = (await place(session, shop.member.id, [(shop.skus[0].id, 1)])).id
        for each in (first, second, last):
            ((fulfilment_id, *_),) = await parts(session, each)
            parcel = shipping.PackParcel(
                fulfilment_id=fulfilment_id, waybill=shipping.Waybill(carrier_code="sf")
            )
            await shipping.pack_parcel(session, parcel, actor=CLERK)
        await miss(session, shop, 2)
    assert await routing.leave_short_due(sessions, LIMITS, limit=9) == 1
    async with unit_of_work(sessions) as session:
        assert await shortage(session) == (2, 0, 0)
        assert await counts(session, shop.warehouse.id) == (10, 10, 0)
        assert [each[1:] for each in await parts(session, unpaid)] == [(False, "unfulfilled", 1)]
    assert await routing.leave_short_due(sessions, LIMITS, limit=9) == 0
    async with unit_of_work(sessions) as session:
        await session.execute(
            text("UPDATE reservations SET expires_at = now() WHERE state = 'held'")
        )
        assert await inventory.sweep(session, limit=9) == 1
        for each in (first, second, last):
            ((parcel_id),) = (
                await session.scalars(
                    text("SELECT id FROM shipments WHERE order_id = :id"), {"id": each}
                )
            ).all()
            await shipping.hand_over(session, parcel_id, actor=CLERK, limits=SENDING)
        await session.execute(
            text("UPDATE stock_shortages SET looked_at = now() - interval '1 hour'")
        )
    assert await routing.leave_short_due(sessions, LIMITS, limit=9) == 1
    async with unit_of_work(sessions) as session:
        assert await shortage(session) == (2, 1, 1)
        assert await counts(session, shop.warehouse.id) == (0, 0, 0)
        await sound(session)


async def test_whoever_packs_reports_what_is_not_there(client, session):
    shop, there, (first, *_) = await made(session, elsewhere=1)
    scopes = [Scope.FULFILMENT_READ, Scope.FULFILMENT_WRITE]
    member = await staff_factory.make_staff(session, scopes=scopes)
    desk = Shopper(client, await staff_factory.bearer(session, member))
    ((fulfilment_id, *_),) = await parts(session, first)
    (line_id,) = await line_ids(session, first)
    await session.commit()
    path = f"/admin/fulfilments/{fulfilment_id}/report-short"
    body = {
        "lines": [{"order_line_id": str(line_id), "quantity": 2}],
        "reason": "The shelf is empty",
    }
    many = body | {"lines": [{"order_line_id": str(line_id), "quantity": 4}]}
    assert (await desk.post(path, many)).status_code == 409
    told = await desk.post(path, body, key="short")
    assert told.status_code == 200, told.text
    said = told.json()
    assert [each["warehouse_id"] for each in said["moves"]] == [str(there.id)]
    assert [each["quantity"] for each in said["stays"]] == [1]
    assert (await desk.post(path, body, key="short")).json() == said
    assert await shortage(session) == (2, 2, 0)
    assert await counts(session, shop.warehouse.id) == (8, 7, 1)
    found = await parts(session, first)
    assert sorted(each[1:] for each in found) == [
        (False, "unfulfilled", 1),
        (False, "unfulfilled", 1),
        (True, "unfulfilled", 1),
    ]
    await sound(session)


async def test_counts_sales_and_cancels_at_once_promise_nothing_twice(fresh_engine):
    sessions = build_sessions(fresh_engine)

    async def cancel(order_id):
        async with unit_of_work(sessions) as session:
            await orders.begin_cancel(session, order_id, actor=CLERK, reason="no")

    async def sell(shop):
        async with unit_of_work(sessions) as session:
            lines = [(shop.skus[0].id, 1)]
            await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])

    async def leave():
        await routing.leave_short_due(sessions, LIMITS, limit=9)

    for _ in range(4):
        async with unit_of_work(sessions) as session:
            shop, _, (first, *_) = await made(session, elsewhere=1)
            await miss(session, shop, 4)
        told = await outcomes(leave(), leave(), cancel(first), sell(shop), sell(shop))
        assert {each for each in told if each != "done"} <= {"stock-moved", "out-of-stock"}
        async with unit_of_work(sessions) as session:
            await session.execute(text("UPDATE stock_shortages SET looked_at = NULL"))
        await asyncio.gather(leave(), leave())
        async with unit_of_work(sessions) as session:
            await sound(session)
            left = text("SELECT count(*) FROM stock_shortages WHERE written_off + gone < quantity")
            assert await session.scalar(left) == 0
