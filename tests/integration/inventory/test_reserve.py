"""Promising stock, one caller at a time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.ids import new_id
from app.services import inventory
from app.services.inventory import OutOfStock, Wanted
from tests.factories.inventory import make_warehouse, put_stock, reserve
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, levels, states
from tests.statements import Statements


async def hold(session, shop, *wanted, owner="order:1", seconds=900):
    return await reserve(
        session,
        owner=owner,
        member_id=shop.member.id,
        channel_id=shop.channel.id,
        wanted=[Wanted(*each) for each in wanted],
        expires_at=now() + timedelta(seconds=seconds),
    )


async def expire(session, owner="order:1"):
    await session.execute(
        text(
            "UPDATE reservations SET expires_at = now() - interval '1 second' WHERE owner = :owner"
        ),
        {"owner": owner},
    )
    assert await inventory.sweep(session, limit=10) > 0


async def test_held_goods_are_no_longer_available(session, engine):
    shop = await make_shop(session)
    tea, cup, _ = shop.sku_ids
    with Statements(engine) as statements:
        chosen = await hold(session, shop, (tea, 3), (cup, 1))
    assert statements.count == 2
    assert {(a.sku_id, a.warehouse_id, a.merchant_id, a.quantity) for a in chosen} == {
        (tea, shop.warehouse.id, shop.merchant.id, 3),
        (cup, shop.warehouse.id, shop.merchant.id, 1),
    }
    assert await inventory.available(session, shop.sku_ids, shop.channel.id) == dict(
        zip(shop.sku_ids, (7, 9, 10), strict=True)
    )
    assert await states(session, "order:1") == ["held", "held"]
    await assert_consistent(session)


async def test_goods_nobody_has_are_none(session):
    shop = await make_shop(session)
    unknown = new_id()
    found = await inventory.available(session, [shop.sku_ids[0], unknown], shop.channel.id)
    assert found == {shop.sku_ids[0]: 10, unknown: 0}


async def test_s2_two_lines_of_one_sku_count_together(session):
    """C38: a hold is all of an order's pieces or none."""
    shop = await make_shop(session, quantity=5)
    tea, cup, pot = shop.sku_ids
    with pytest.raises(OutOfStock) as refusal:
        await hold(session, shop, (tea, 3), (cup, 5), (tea, 3), (pot, 9))
    assert refusal.value.context == {
        "available": {str(tea): 5, str(pot): 5},
        "is_held": False,
    }
    assert await states(session, "order:1") == []


async def test_a_channel_sells_from_its_own_warehouses(session):
    shop = await make_shop(session, quantity=0)
    tea = shop.sku_ids[0]
    own = await make_warehouse(session, shop.merchant.id, channel_id=shop.channel.id)
    await put_stock(session, tea, shop.warehouse.id, 50)
    await put_stock(session, tea, own.id, 2)
    assert await inventory.available(session, [tea], shop.channel.id) == {tea: 2}
    with pytest.raises(OutOfStock):
        await hold(session, shop, (tea, 3))
    (only,) = await hold(session, shop, (tea, 2))
    assert only.warehouse_id == own.id


async def test_a_closed_warehouse_sells_nothing(session):
    shop = await make_shop(session, quantity=0)
    closed = await make_warehouse(session, shop.merchant.id, is_active=False)
    await put_stock(session, shop.sku_ids[0], closed.id, 5)
    with pytest.raises(OutOfStock):
        await hold(session, shop, (shop.sku_ids[0], 1))


async def test_release_gives_back_once(session, engine):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await hold(session, shop, (tea, 3))
    with Statements(engine) as statements:
        await inventory.release(session, "order:1")
    assert statements.count == 1
    await inventory.release(session, "order:1")
    assert await levels(session, tea) == (10, 0)
    assert await states(session, "order:1") == ["released"]


async def test_paid_goods_do_not_expire(session, engine):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await hold(session, shop, (tea, 3), seconds=-1)
    with Statements(engine) as statements:
        assert await inventory.commit(session, "order:1")
    assert statements.count == 1
    assert await inventory.sweep(session, limit=10) == 0
    assert await inventory.commit(session, "order:1")
    assert await states(session, "order:1") == ["committed"]
    assert await levels(session, tea) == (10, 3)


async def test_expired_goods_are_freed_once(session, engine):
    shop = await make_shop(session)
    tea, cup, _ = shop.sku_ids
    await hold(session, shop, (tea, 3), (cup, 1), owner="order:1", seconds=-1)
    await hold(session, shop, (tea, 2), owner="order:2", seconds=-1)
    await hold(session, shop, (tea, 1), owner="order:3")
    with Statements(engine) as statements:
        assert await inventory.sweep(session, limit=10) == 3
    assert statements.count == 1
    assert await inventory.sweep(session, limit=10) == 0
    await inventory.release(session, "order:1")
    assert await levels(session, tea) == (10, 1)
    await assert_consistent(session)


async def test_a_late_payment_takes_the_goods_anew(session):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await hold(session, shop, (tea, 3))
    await expire(session)
    assert await levels(session, tea) == (10, 0)
    assert await inventory.commit(session, "order:1")
    assert await levels(session, tea) == (10, 3)
    assert await states(session, "order:1") == ["committed"]


async def test_s4_a_late_payment_never_takes_what_others_hold(session):
    shop = await make_shop(session)
    tea, cup, _ = shop.sku_ids
    await hold(session, shop, (tea, 3), (cup, 1))
    await expire(session)
    await hold(session, shop, (tea, 8), owner="order:2")
    assert not await inventory.commit(session, "order:1")
    assert await states(session, "order:1") == ["expired", "expired"]
    assert await levels(session, cup) == (10, 0)
    await assert_consistent(session)


async def test_released_or_unknown_goods_cannot_be_committed(session):
    shop = await make_shop(session)
    await hold(session, shop, (shop.sku_ids[0], 3))
    await inventory.release(session, "order:1")
    assert not await inventory.commit(session, "order:1")
    assert not await inventory.commit(session, f"order:{uuid4()}")
