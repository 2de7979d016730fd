"""Receipts, adjustments, shipments and returns."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from app.services import inventory
from app.services.inventory import (
    BelowReserved,
    Move,
    MovementFilter,
    NothingToShip,
    UnknownStock,
    Wanted,
)
from tests.factories.inventory import make_warehouse, reserve
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, levels, states
from tests.integration.inventory.test_reserve import hold
from tests.statements import Statements


async def test_a_receipt_keeps_a_running_balance(session, engine):
    """J157: movements are the only writers, each with its balance and cause."""
    shop = await make_shop(session, quantity=0)
    tea, cup, _ = shop.sku_ids
    here = shop.warehouse.id
    moves = [Move(tea, here, 4), Move(cup, here, 1), Move(tea, here, 2, "second pallet")]
    with Statements(engine) as statements:
        rows = await inventory.receive(session, moves, cause="receipt:7", actor="admin:x")
    assert statements.count == 3  # which SKUs and warehouses exist, the goods, their batches
    assert [(r.sku_id, r.quantity, r.on_hand_after, r.note) for r in rows] == [
        (tea, 4, 4, None),
        (cup, 1, 1, None),
        (tea, 2, 6, "second pallet"),
    ]
    assert await levels(session, tea) == (6, 0)
    await assert_consistent(session)


async def test_a_receipt_of_the_unknown_names_it(session):
    shop = await make_shop(session)
    sku, warehouse = uuid4(), uuid4()
    with pytest.raises(UnknownStock) as refusal:
        await inventory.receive(session, [Move(sku, warehouse, 1)], cause="receipt:1")
    assert refusal.value.context == {"sku_ids": [str(sku)], "warehouse_ids": [str(warehouse)]}
    assert await levels(session, shop.sku_ids[0]) == (10, 0)


async def test_an_adjustment_may_not_touch_what_is_promised(session):
    shop = await make_shop(session)
    tea, cup, _ = shop.sku_ids
    here = shop.warehouse.id
    await hold(session, shop, (tea, 7))
    with pytest.raises(BelowReserved) as refusal:
        await inventory.adjust(
            session, [Move(cup, here, 1), Move(tea, here, -2), Move(tea, here, -2)], cause="count:1"
        )
    assert refusal.value.context["rows"] == [
        {
            "sku_id": str(tea),
            "warehouse_id": str(here),
            "grade": "sellable",
            "on_hand": 10,
            "reserved": 7,
            "quantity": -4,
        }
    ]
    rows = await inventory.adjust(
        session, [Move(cup, here, 1), Move(tea, here, -3)], cause="count:1"
    )
    assert [row.on_hand_after for row in rows] == [11, 7]
    assert await levels(session, tea) == (7, 7)
    await assert_consistent(session)


async def test_nothing_is_taken_from_an_empty_shelf(session):
    shop = await make_shop(session, quantity=0)
    with pytest.raises(BelowReserved):
        await inventory.adjust(
            session, [Move(shop.sku_ids[0], shop.warehouse.id, -1)], cause="count:1"
        )


async def test_committed_goods_leave_once(session):
    shop = await make_shop(session)
    tea, cup, _ = shop.sku_ids
    here = shop.warehouse.id
    await hold(session, shop, (tea, 3), (cup, 1))
    pieces = {(tea, here): 3, (cup, here): 1}
    with pytest.raises(NothingToShip):
        await inventory.ship(session, "order:1", pieces, cause="shipment:S1")
    await inventory.commit(session, "order:1")
    await inventory.ship(session, "order:1", pieces, cause="shipment:S1", actor="admin:x")
    with pytest.raises(NothingToShip):
        await inventory.ship(session, "order:1", {(cup, here): 1}, cause="shipment:S2")
    await inventory.release(session, "order:1")
    assert await inventory.commit(session, "order:1")
    assert await states(session, "order:1") == ["shipped", "shipped"]
    assert await levels(session, tea) == (7, 0)
    assert await levels(session, cup) == (9, 0)
    await inventory.take_back(session, [Move(tea, here, 1)], cause="return:1")
    assert await levels(session, tea) == (8, 0)
    await assert_consistent(session)
    moves = await inventory.list_movements(
        session, MovementFilter(sku_id=tea), after=None, limit=10
    )
    assert [(m.kind, m.quantity, m.on_hand_after) for m in moves] == [
        ("return", 1, 8),
        ("shipment", -3, 7),
        ("receipt", 10, 10),
    ]


async def test_a_movement_cannot_be_rewritten(session):
    await make_shop(session)
    with pytest.raises(Exception, match="append-only"):
        await session.execute(text("UPDATE stock_movements SET quantity = 1"))


async def test_wanted_goods_may_come_from_several_warehouses(session):
    shop = await make_shop(session, quantity=2)
    tea = shop.sku_ids[0]
    second = await make_warehouse(session, shop.merchant.id, priority=200)
    await inventory.receive(session, [Move(tea, second.id, 5)], cause="receipt:2")
    chosen = await reserve(
        session,
        owner="order:1",
        member_id=shop.member.id,
        channel_id=shop.channel.id,
        wanted=[Wanted(tea, 6)],
        expires_at=await session.scalar(text("SELECT now() + interval '1 hour'")),
    )
    assert {(a.warehouse_id, a.quantity) for a in chosen} == {
        (shop.warehouse.id, 2),
        (second.id, 4),
    }
    await assert_consistent(session)
