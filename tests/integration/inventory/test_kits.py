"""Kits: of what they consist, and how many of them there are."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.clock import now
from app.core.db import build_sessions, unit_of_work
from app.core.errors import InvalidReference, StaleVersion
from app.models.catalog import Sku
from app.services import catalog, inventory
from app.services.inventory import Move, OutOfStock, UnknownStock, Wanted
from tests.factories.catalog import make_sku
from tests.factories.inventory import make_warehouse, put_stock, reserve
from tests.factories.kits import check_kits, compose, make_kit
from tests.factories.merchants import make_merchant
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import levels
from tests.integration.inventory.test_races import buy
from tests.statements import Statements


@pytest.fixture
async def shop(session):
    return await make_shop(session)


async def hold(session, shop, *wanted, owner="test:1"):
    return await reserve(
        session,
        owner=owner,
        member_id=shop.member.id,
        channel_id=shop.channel.id,
        wanted=[Wanted(*each) for each in wanted],
        expires_at=now() + timedelta(minutes=15),
    )


async def available(session, shop, *sku_ids):
    found = await inventory.available(session, sku_ids, shop.channel.id)
    return [found[each] for each in sku_ids]


async def test_there_are_as_many_as_its_components_make_up(session, shop):
    tea, cup, pot = shop.sku_ids
    kit = await make_kit(session, shop, (tea, 3), (cup, 1))
    assert await available(session, shop, kit, tea, pot) == [3, 10, 10]
    second = await make_warehouse(session, shop.merchant.id)
    await put_stock(session, tea, second.id, 7)
    assert await available(session, shop, kit) == [3]
    await put_stock(session, cup, second.id, 1)
    assert await available(session, shop, kit) == [4]
    made = await inventory.kits.made_of(session, {tea: 3, cup: 1})
    assert {each.warehouse_id: each.pieces for each in made} == {shop.warehouse.id: 3, second.id: 1}


async def test_holding_takes_the_components_in_two_statements(session, engine, shop):
    tea, cup, _ = shop.sku_ids
    kit = await make_kit(session, shop, (tea, 2), (cup, 1))
    with Statements(engine) as sent:
        (chosen, *_) = await hold(session, shop, (kit, 3), (tea, 1))
    assert sent.count == 2, sent.sent
    assert chosen.warehouse_id == shop.warehouse.id
    assert await levels(session, tea) == (10, 7)
    assert await levels(session, cup) == (10, 3)
    assert await available(session, shop, kit, tea) == [1, 3]
    await inventory.release(session, "test:1")
    assert await levels(session, tea) == (10, 0)


async def test_s2_a_kit_and_its_component_are_refused_together(session, shop):
    tea, cup, _ = shop.sku_ids
    kit = await make_kit(session, shop, (tea, 3), (cup, 1))
    with pytest.raises(OutOfStock) as refused:
        await hold(session, shop, (kit, 3), (tea, 2))
    assert refused.value.context["available"] == {str(kit): 2, str(tea): 1}
    await hold(session, shop, (kit, 3), (tea, 1))
    assert await levels(session, tea) == (10, 10)
    with pytest.raises(OutOfStock) as refused:
        await hold(session, shop, (kit, 1), owner="test:2")
    assert refused.value.context == {"available": {str(kit): 0}, "is_held": True}


async def test_kits_that_share_a_component_are_taken_from_where_all_are(session):
    shop = await make_shop(session, quantity=1)
    tea, cup, pot = shop.sku_ids
    second = await make_warehouse(session, shop.merchant.id, priority=200)
    await put_stock(session, tea, second.id, 1)
    await put_stock(session, cup, second.id, 1)
    one = await make_kit(session, shop, (tea, 1), (cup, 1))
    other = await make_kit(session, shop, (tea, 1), (pot, 1))
    chosen = await hold(session, shop, (one, 1), (other, 1))
    assert {each.sku_id: each.warehouse_id for each in chosen} == {
        one: second.id,
        other: shop.warehouse.id,
    }


async def test_what_is_kept_back_of_a_component_makes_no_kits(session, shop):
    tea, cup, _ = shop.sku_ids
    kit = await make_kit(session, shop, (tea, 1), (cup, 1))
    await session.execute(
        text("UPDATE stock SET safety = 4 WHERE sku_id = :sku_id"), {"sku_id": tea}
    )
    assert await available(session, shop, kit) == [6]
    share = inventory.shares.Share(leaves=1, share_bps=5_000)
    await inventory.shares.set_shares(
        session, shop.channel.id, shop.warehouse.id, {tea: share}, actor=staff()
    )
    assert await available(session, shop, kit) == [3]
    with pytest.raises(OutOfStock):
        await hold(session, shop, (kit, 4))


async def test_what_was_promised_stays_what_it_was(session, shop):
    tea, cup, pot = shop.sku_ids
    kit = await make_kit(session, shop, (tea, 2), (cup, 1))
    await hold(session, shop, (kit, 2))
    await compose(session, kit, (pot, 1, 1))
    assert await inventory.kits.unpack(session, "test:1", {(kit, shop.warehouse.id): 2}) == {
        (tea, shop.warehouse.id): 4,
        (cup, shop.warehouse.id): 2,
    }
    await inventory.free(session, "test:1", {(kit, shop.warehouse.id): 1})
    assert [await levels(session, each) for each in shop.sku_ids] == [(10, 2), (10, 1), (10, 0)]
    await hold(session, shop, (kit, 1), owner="test:2")
    assert await levels(session, pot) == (10, 1)


async def test_a_kit_is_a_sku_like_others_again(session, shop):
    tea = shop.sku_ids[0]
    kit = await make_kit(session, shop, (tea, 2))
    assert (await compose(session, kit)).sku.is_kit is False
    await inventory.receive(session, [Move(kit, shop.warehouse.id, 1)], cause="receipt:1")
    assert await available(session, shop, kit) == [1]
    with pytest.raises(catalog.kits.NoKit):
        await compose(session, kit, (tea, 1, 1))


@pytest.mark.parametrize("fault", ["itself", "twice", "a kit", "another merchant's"])
async def test_of_what_no_kit_consists(session, shop, fault):
    tea, cup, _ = shop.sku_ids
    kit = await make_kit(session, shop, (tea, 1))
    other = await make_kit(session, shop, (cup, 1))
    strange = await make_sku(session, merchant_id=(await make_merchant(session)).id)
    parts = {
        "itself": [(kit, 1, 1)],
        "twice": [(tea, 1, 1), (tea, 2, 1)],
        "a kit": [(other, 1, 1)],
        "another merchant's": [(strange.id, 1, 1)],
    }[fault]
    with pytest.raises(InvalidReference):
        await compose(session, kit, *parts)


async def test_what_lies_somewhere_or_is_in_a_kit_becomes_none(session, shop):
    tea, cup, _ = shop.sku_ids
    kit = await make_kit(session, shop, (tea, 1))
    for sku_id in (tea, cup):
        with pytest.raises(catalog.kits.NoKit):
            await compose(session, sku_id, (shop.sku_ids[2], 1, 1))
    version = (await session.get_one(Sku, kit)).version - 1
    with pytest.raises(StaleVersion):
        await catalog.kits.make(session, kit, [], merchant_id=None, version=version, actor=staff())


async def test_kits_lie_nowhere(session, shop):
    kit = await make_kit(session, shop, (shop.sku_ids[0], 1))
    with pytest.raises(UnknownStock):
        await inventory.receive(session, [Move(kit, shop.warehouse.id, 1)], cause="receipt:1")
    with pytest.raises(IntegrityError, match="kits do not lie"):
        await put_stock(session, kit, shop.warehouse.id, 1)


async def test_no_piece_comes_while_a_sku_becomes_a_kit(fresh_engine):
    """Goods are taken in of a SKU that is a kit before they are there: one of both is refused."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        sku_id = await make_kit(session, shop, (shop.sku_ids[0], 1))
        await compose(session, sku_id)
    async with sessions() as first, sessions() as second:
        await compose(first, sku_id, (shop.sku_ids[0], 1, 1))
        moves = [Move(sku_id, shop.warehouse.id, 1)]
        coming = asyncio.create_task(inventory.receive(second, moves, cause="receipt:1"))
        await asyncio.sleep(0.2)
        await first.commit()
        with pytest.raises(IntegrityError, match="kits do not lie"):
            await coming
    async with sessions() as session:
        await check_kits(session)


async def test_the_last_pieces_are_sold_once_as_kits_or_alone(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=10)
        tea, cup, _ = shop.sku_ids
        kit = await make_kit(session, shop, (cup, 1), (tea, 2))
    wanted = [(kit, 1), (tea, 1), (cup, 1)] * 12
    got = await asyncio.gather(
        *(buy(sessions, shop, f"test:{i}", each) for i, each in enumerate(wanted))
    )
    sold = {
        each: sum(g for g, w in zip(got, wanted, strict=True) if w[0] == each[0]) for each in wanted
    }
    kits, teas, cups = (sold[each, 1] for each in (kit, tea, cup))
    async with sessions() as session:
        assert await levels(session, tea) == (10, 2 * kits + teas)
        assert await levels(session, cup) == (10, kits + cups)
        assert 2 * kits + teas == 10 or teas == 12
        await check_kits(session)
