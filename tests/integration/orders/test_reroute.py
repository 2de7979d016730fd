"""What has not left is routed again: when somebody asks, and when a warehouse is closed."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.services import inventory, orders
from tests.factories import staff as staff_factory
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.orders import axes, place
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.sending import CLERK, LIMITS, line_ids, send
from tests.integration.orders.test_regrouping import levels, parts, sound

routing, shipping = orders.routing, orders.shipping


async def made(session):
    """Three of one SKU and one of another, paid, from the only warehouse; two more have some."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 1_000_000)
    lines = [(shop.skus[0].id, 3), (shop.skus[1].id, 1)]
    placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
    near = await make_warehouse(session, shop.merchant.id, region_code="310101")
    far = await make_warehouse(session, shop.merchant.id, region_code="440106")
    await put_stock(session, shop.skus[0].id, near.id, 2)
    await put_stock(session, shop.skus[0].id, far.id, 5)
    await put_stock(session, shop.skus[1].id, far.id, 1)
    return shop, near, far, placed.id


@pytest.fixture
async def bought(session):
    return await made(session)


async def close(session, warehouse_id, *, is_active=False):
    await session.execute(
        text("UPDATE warehouses SET is_active = :is_active WHERE id = :id"),
        {"id": warehouse_id, "is_active": is_active},
    )


async def test_what_is_best_where_it_is_stays(session, bought):
    _, _, _, order_id = bought
    ((first, here, _, _),) = await parts(session, order_id)
    plan = await routing.preview_route(session, first, actor=CLERK)
    assert (plan.warehouse_id, plan.moves) == (here, ())
    assert sorted(plan.stays.values()) == [1, 3]
    assert plan.kept is not None
    assert (await routing.reroute(session, first, actor=CLERK)).moves == ()
    assert await parts(session, order_id) == [(first, here, "unfulfilled", [3, 1])]


async def test_what_can_come_from_nearer_does(session, bought):
    shop, near, _, order_id = bought
    three, one = await line_ids(session, order_id)
    ((first, here, _, _),) = await parts(session, order_id)
    await put_stock(session, shop.skus[0].id, near.id, 1)
    await put_stock(session, shop.skus[1].id, near.id, 1)
    seen = await routing.preview_route(session, first, actor=CLERK)
    (move,) = seen.moves
    assert (move.warehouse_id, move.pieces, move.fulfilment_id) == (
        near.id,
        {three: 3, one: 1},
        None,
    )
    assert move.reason["order"]["passed_over"][0]["cost_minor"] == 1_600
    assert len(await parts(session, order_id)) == 1
    done = await routing.reroute(session, first, actor=CLERK)
    assert (done.moves[0].pieces, done.stays) == (move.pieces, {})
    ((second, there, status, pieces),) = await parts(session, order_id)
    assert (second, there, status, pieces) == (
        done.moves[0].fulfilment_id,
        near.id,
        "unfulfilled",
        [3, 1],
    )
    assert await levels(session, shop.skus[0].id) == {
        here: (10, 0),
        near.id: (3, 3),
        bought[2].id: (5, 0),
    }
    kept = (await routing.preview_route(session, second, actor=CLERK)).kept
    assert kept == move.reason
    await sound(session)
    await send(session, order_id)
    assert await axes(session, order_id) == ("open", "paid", "shipped")
    await sound(session)


async def test_what_lacks_here_leaves_as_far_as_others_have_it(session, bought):
    """Fewest parcels first; what nobody else has is told and stays."""
    _, near, far, order_id = bought
    ((first, here, _, _),) = await parts(session, order_id)
    plan = await routing.reroute(session, first, leave=True, actor=CLERK)
    assert [each.warehouse_id for each in plan.moves] == [far.id]
    assert plan.stays == {}
    back = await routing.reroute(session, plan.moves[0].fulfilment_id, leave=True, actor=CLERK)
    assert {each.warehouse_id for each in back.moves} == {here}
    await close(session, far.id)
    ((again, _, _, _),) = await parts(session, order_id)
    partly = await routing.reroute(session, again, leave=True, actor=CLERK)
    assert [(each.warehouse_id, list(each.pieces.values())) for each in partly.moves] == [
        (near.id, [2])
    ]
    assert sorted(partly.stays.values()) == [1, 1]
    assert sorted(each[3] for each in await parts(session, order_id)) == [[1, 1], [2]]
    await sound(session)


async def test_pieces_join_what_waits_there(session, bought):
    _, _, far, order_id = bought
    three, _ = await line_ids(session, order_id)
    ((first, _, _, _),) = await parts(session, order_id)
    split = shipping.SplitOff(fulfilment_id=first, pieces={three: 1}, warehouse_id=far.id)
    second = await shipping.split_off(session, split, actor=CLERK)
    plan = await routing.reroute(session, first, leave=True, actor=CLERK)
    assert [each.fulfilment_id for each in plan.moves] == [second]
    assert [each[:2] for each in await parts(session, order_id)] == [(second, far.id)]
    await sound(session)


async def test_only_open_pieces_move_and_unpaid_ones_expire_as_before(session, bought):
    shop, _, far, order_id = bought
    three, _ = await line_ids(session, order_id)
    await send(session, order_id, {three: 1})
    ((first, _, _, _),) = await parts(session, order_id)
    plan = await routing.reroute(session, first, leave=True, actor=CLERK)
    assert sorted(sum(each.pieces.values()) for each in plan.moves) == [3]
    await sound(session)
    unpaid = await place(session, shop.member.id, [(shop.skus[2].id, 1)])
    await put_stock(session, shop.skus[2].id, far.id, 1)
    expiry = text("SELECT expires_at FROM reservations WHERE owner = :owner AND freed = 0")
    owner = {"owner": f"order:{unpaid.id}"}
    before = await session.scalar(expiry, owner)
    fulfilment = text("SELECT id FROM fulfilments WHERE order_id = :id")
    waiting = await session.scalar(fulfilment, {"id": unpaid.id})
    await routing.reroute(session, waiting, leave=True, actor=CLERK)
    assert await session.scalar(expiry, owner) == before is not None
    await sound(session)


async def test_a_closed_warehouse_is_left_by_itself_and_looked_at_again_later(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        _, near, far, order_id = await made(session)
        ((_, here, _, _),) = await parts(session, order_id)
        await close(session, far.id)
    assert await routing.reroute_due(sessions, limit=9) == 0
    async with unit_of_work(sessions) as session:
        await close(session, here)
    assert await routing.reroute_due(sessions, limit=9) == 1
    async with unit_of_work(sessions) as session:
        found = {each[1]: each[3] for each in await parts(session, order_id)}
        assert found == {here: [1, 1], near.id: [2]}
        await close(session, far.id, is_active=True)
    assert await routing.reroute_due(sessions, limit=9) == 0
    async with unit_of_work(sessions) as session:
        await session.execute(text("UPDATE fulfilments SET routed_at = now() - interval '1 hour'"))
    assert await routing.reroute_due(sessions, limit=9) == 1
    async with unit_of_work(sessions) as session:
        found = {each[1]: each[3] for each in await parts(session, order_id)}
        assert found == {far.id: [1, 1], near.id: [2]}
        await sound(session)


async def outcomes(*tasks):
    told = await asyncio.gather(*tasks, return_exceptions=True)
    for each in told:
        if isinstance(each, BaseException) and not hasattr(each, "slug"):
            raise each
    return told


async def test_two_at_once_move_it_once_and_a_parcel_that_is_packed_stays(fresh_engine):
    sessions = build_sessions(fresh_engine)

    async def reroute(fulfilment_id):
        async with unit_of_work(sessions) as session:
            return await routing.reroute(session, fulfilment_id, leave=True, actor=CLERK)

    async def pack(fulfilment_id):
        async with unit_of_work(sessions) as session:
            waybill = shipping.Waybill(carrier_code="sf")
            parcel = shipping.PackParcel(fulfilment_id=fulfilment_id, waybill=waybill)
            return await shipping.ship(session, parcel, actor=CLERK, limits=LIMITS)

    for rival in (reroute, pack):
        for _ in range(4):
            async with unit_of_work(sessions) as session:
                _, _, _, order_id = await made(session)
                ((first, _, _, _),) = await parts(session, order_id)
            await outcomes(reroute(first), rival(first))
            async with unit_of_work(sessions) as session:
                found = await parts(session, order_id)
                assert sum(sum(each[3]) for each in found) == 4
                assert len(found) == 1
                await sound(session)


async def test_over_http(client, session, bought):
    _, _, far, order_id = bought
    ((first, here, _, _),) = await parts(session, order_id)
    scopes = [Scope.FULFILMENT_READ, Scope.FULFILMENT_WRITE]
    member = await staff_factory.make_staff(session, scopes=scopes)
    desk = Shopper(client, await staff_factory.bearer(session, member))
    await session.commit()
    path = f"/admin/fulfilments/{first}"
    seen = (await desk.get(f"{path}/route", leave="true")).json()
    assert (seen["warehouse_id"], seen["stays"]) == (str(here), [])
    assert [each["warehouse_id"] for each in seen["moves"]] == [str(far.id)]
    done = await desk.post(f"{path}/re-route", {"leave": True}, key="again")
    assert done.status_code == 200, done.text
    same = await desk.post(f"{path}/re-route", {"leave": True}, key="again")
    assert same.json() == done.json()
    gone = await desk.get(f"{path}/route")
    assert gone.status_code == 404
    assert (await desk.post(f"/admin/fulfilments/{new_id()}/re-route", {})).status_code == 404


async def test_an_order_that_does_not_stand_is_not_routed(session, bought):
    _, _, _, order_id = bought
    ((first, _, _, _),) = await parts(session, order_id)
    await orders.begin_cancel(session, order_id, actor=CLERK, reason="no")
    with pytest.raises(orders.IllegalTransition):
        await routing.reroute(session, first, actor=CLERK)


async def test_a_promise_is_not_moved_twice(session, bought):
    shop, _, far, order_id = bought
    owner = orders.stock_owner(order_id)
    here = shop.warehouse.id
    moves = {(shop.skus[0].id, here, far.id): 4}
    for wrong in ({}, {(shop.skus[0].id, here, here): 1}):
        with pytest.raises(ValueError, match="nothing moves"):
            await inventory.move_promises(session, owner, wrong, member_id=shop.member.id)
    with pytest.raises(inventory.StockMoved):
        await inventory.move_promises(session, owner, moves, member_id=shop.member.id)
