"""Fulfilments split, put together and sent from elsewhere; stock and promises follow."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference
from app.repositories.reports.shipping_invariants import SHIPPING
from app.repositories.reports.shop_invariants import ORDERS, STOCK
from app.services import inventory, orders
from tests.factories import staff as staff_factory
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.merchants import make_merchant
from tests.factories.orders import axes, place
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, ok, refused
from tests.integration.orders.sending import CLERK, LIMITS, line_ids, send

shipping = orders.shipping


async def made(session):
    """A paid order of three of one SKU and one of another, and a second warehouse with goods."""
    shop = await make_shop(session)
    there = await make_warehouse(session, shop.merchant.id)
    for sku in shop.skus[:2]:
        await put_stock(session, sku.id, there.id, 2)
    await give_balance(session, shop.member.id, 1_000_000)
    lines = [(shop.skus[0].id, 3), (shop.skus[1].id, 1)]
    placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
    return shop, there, placed.id


@pytest.fixture
async def bought(session):
    return await made(session)


async def parts(session, order_id):
    """`(id, warehouse, status, pieces by line)` of each fulfilment, oldest first."""
    wanted = shipping.FulfilmentFilter(order_id=order_id)
    found = await shipping.list_fulfilments(session, wanted, after=None, limit=9)
    return [
        (
            each["id"],
            each["warehouse_id"],
            each["status"],
            [line["quantity"] for line in each["lines"]],
        )
        for each in found
    ]


async def levels(session, sku_id):
    statement = text(
        "SELECT warehouse_id, on_hand, reserved FROM stock WHERE sku_id = :id ORDER BY warehouse_id"
    )
    return {row[0]: (row[1], row[2]) for row in await session.execute(statement, {"id": sku_id})}


async def sound(session):
    """Everything the audit says of orders, promises and stock holds."""
    for rule in (*ORDERS, *STOCK, *SHIPPING):
        broken = (await session.execute(text(rule.sql.replace(":", r"\:")))).all()
        assert broken == [], rule.name


async def test_pieces_become_a_fulfilment_of_their_own_and_come_back(session, bought):
    _, _, order_id = bought
    three, one = await line_ids(session, order_id)
    ((first, here, _, _),) = await parts(session, order_id)
    command = shipping.SplitOff(fulfilment_id=first, pieces={three: 2, one: 1})
    second = await shipping.split_off(session, command, actor=CLERK)
    assert await parts(session, order_id) == [
        (first, here, "unfulfilled", [1]),
        (second, here, "unfulfilled", [2, 1]),
    ]
    await sound(session)
    for pieces in ({three: 3}, None):
        command = shipping.SplitOff(fulfilment_id=second, pieces=pieces)
        with pytest.raises(shipping.PiecesNotOpen):
            await shipping.split_off(session, command, actor=CLERK)
    await shipping.put_together(session, first, second, actor=CLERK)
    assert await parts(session, order_id) == [(first, here, "unfulfilled", [3, 1])]
    await sound(session)
    await send(session, order_id)
    assert await axes(session, order_id) == ("open", "paid", "shipped")
    await sound(session)


async def test_goods_are_sent_from_another_warehouse(session, bought):
    shop, there, order_id = bought
    three, one = await line_ids(session, order_id)
    ((first, here, _, _),) = await parts(session, order_id)
    command = shipping.SplitOff(
        fulfilment_id=first, pieces={three: 2, one: 1}, warehouse_id=there.id
    )
    second = await shipping.split_off(session, command, actor=CLERK)
    assert await parts(session, order_id) == [
        (first, here, "unfulfilled", [1]),
        (second, there.id, "unfulfilled", [2, 1]),
    ]
    assert await levels(session, shop.skus[0].id) == {here: (10, 1), there.id: (2, 2)}
    await sound(session)
    with pytest.raises(shipping.NotTogether):
        await shipping.put_together(session, first, second, actor=CLERK)
    back = shipping.SplitOff(fulfilment_id=second, warehouse_id=here)
    third = await shipping.split_off(session, back, actor=CLERK)
    await shipping.put_together(session, first, third, actor=CLERK)
    assert await parts(session, order_id) == [(first, here, "unfulfilled", [3, 1])]
    assert await levels(session, shop.skus[0].id) == {here: (10, 3), there.id: (2, 0)}
    await sound(session)
    await orders.begin_cancel(session, order_id, actor=CLERK, reason="no")
    assert await levels(session, shop.skus[0].id) == {here: (10, 0), there.id: (2, 0)}
    await sound(session)


async def test_what_is_not_there_stays(session, bought):
    _, there, order_id = bought
    ((first, here, _, _),) = await parts(session, order_id)
    strange = await make_warehouse(session, (await make_merchant(session)).id)
    for warehouse_id in (strange.id, order_id):
        command = shipping.SplitOff(fulfilment_id=first, warehouse_id=warehouse_id)
        with pytest.raises(InvalidReference):
            await shipping.split_off(session, command, actor=CLERK)
    command = shipping.SplitOff(fulfilment_id=first, warehouse_id=there.id)
    with pytest.raises(inventory.StockMoved):
        async with session.begin_nested():
            await shipping.split_off(session, command, actor=CLERK)
    assert await parts(session, order_id) == [(first, here, "unfulfilled", [3, 1])]
    await sound(session)


async def test_a_part_that_left_is_not_regrouped(session, bought):
    shop, there, order_id = bought
    three, one = await line_ids(session, order_id)
    ((first, here, _, _),) = await parts(session, order_id)
    await send(session, order_id, {three: 2})
    command = shipping.SplitOff(fulfilment_id=first, warehouse_id=there.id)
    second = await shipping.split_off(session, command, actor=CLERK)
    assert await parts(session, order_id) == [
        (first, here, "shipped", [2]),
        (second, there.id, "unfulfilled", [1, 1]),
    ]
    assert await axes(session, order_id) == ("open", "paid", "partly_shipped")
    await sound(session)
    with pytest.raises(shipping.NotTogether):
        await shipping.put_together(session, first, second, actor=CLERK)
    parcel = shipping.PackParcel(fulfilment_id=second, waybill=shipping.Waybill(carrier_code="sf"))
    await shipping.ship(session, parcel, actor=CLERK, limits=LIMITS)
    assert await axes(session, order_id) == ("open", "paid", "shipped")
    assert await levels(session, shop.skus[0].id) == {here: (8, 0), there.id: (1, 0)}
    assert one
    await sound(session)


async def test_moving_promises_against_sales_and_each_other(fresh_engine):
    """There are two pieces elsewhere: they are promised twice at most, whoever is first."""
    sessions = build_sessions(fresh_engine)
    bought = []
    async with unit_of_work(sessions) as session:
        shop, there, _ = await made(session)
        for _ in range(6):
            lines = [(shop.skus[0].id, 1)]
            placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
            ((first, here, _, _),) = await parts(session, placed.id)
            bought.append(first)

    async def move(fulfilment_id: UUID):
        command = shipping.SplitOff(fulfilment_id=fulfilment_id, warehouse_id=there.id)
        async with unit_of_work(sessions) as session:
            await shipping.split_off(session, command, actor=CLERK)

    async def buy():
        async with unit_of_work(sessions) as session:
            lines = [(shop.skus[0].id, 1)]
            await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])

    works = [move(each) for each in bought] + [buy() for _ in range(4)]
    seen = await asyncio.gather(*works, return_exceptions=True)
    for each in seen:
        if isinstance(each, BaseException) and not hasattr(each, "slug"):
            raise each
    moved = [each for each in seen[:6] if each is None]
    async with unit_of_work(sessions) as session:
        found = await levels(session, shop.skus[0].id)
        assert found[there.id][1] >= len(moved)
        assert found[there.id][1] <= 2
        assert found[here][1] + found[there.id][1] == 3 + 6 + sum(x is None for x in seen[6:])
        await sound(session)


async def test_a_clerk_regroups_over_http(client, session, lin, shop):
    await give_balance(session, shop.member.id, 1_000_000)
    scopes = [Scope.FULFILMENT_READ, Scope.FULFILMENT_WRITE]
    headers = await staff_factory.bearer(
        session, await staff_factory.make_staff(session, scopes=scopes)
    )
    await session.commit()
    hand = Shopper(client, headers)
    await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    (part,) = (await ok(await hand.get("/admin/fulfilments")))["items"]
    path = f"/admin/fulfilments/{part['id']}"
    line = {"order_line_id": part["lines"][0]["order_line_id"], "quantity": 1}
    made = await ok(await hand.post(f"{path}/split", {"lines": [line]}), 201)
    assert len((await ok(await hand.get("/admin/fulfilments")))["items"]) == 2
    merged = await hand.post(f"{path}/merge", {"fulfilment_id": made["id"]})
    assert merged.status_code == 204
    again = await hand.post(f"{path}/merge", {"fulfilment_id": made["id"]})
    assert await refused(again) == (404, "not-found")
    assert len((await ok(await hand.get("/admin/fulfilments")))["items"]) == 1
