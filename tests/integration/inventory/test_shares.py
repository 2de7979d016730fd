"""What a channel may promise of stock."""

import asyncio
from uuid import uuid4

import pytest

from app.core.db import build_sessions, unit_of_work
from app.services import inventory
from app.services.inventory import OutOfStock
from app.services.inventory.shares import Share
from tests.factories.catalog import make_channel
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, levels
from tests.integration.inventory.test_api import ADMIN, keeper
from tests.integration.inventory.test_races import buy
from tests.integration.inventory.test_reserve import hold
from tests.waiting import start_and_wait

URL = f"{ADMIN}/stock/shares"


async def share(session, shop, **share):
    rows = {shop.sku_ids[0]: Share(**share)}
    await inventory.shares.set_shares(
        session, shop.channel.id, shop.warehouse.id, rows, actor=staff()
    )


async def free(session, shop, channel=None):
    tea = shop.sku_ids[0]
    return (await inventory.available(session, [tea], (channel or shop.channel).id))[tea]


async def test_a_channel_leaves_the_last_pieces_to_others(session):
    shop = await make_shop(session)
    other = await make_channel(session)
    await share(session, shop, leaves=4)
    assert (await free(session, shop), await free(session, shop, other)) == (6, 10)
    with pytest.raises(OutOfStock) as refusal:
        await hold(session, shop, (shop.sku_ids[0], 7))
    assert refusal.value.context["available"] == {str(shop.sku_ids[0]): 6}
    await hold(session, shop, (shop.sku_ids[0], 6))
    assert (await free(session, shop), await free(session, shop, other)) == (0, 4)


async def test_a_channel_sees_its_part_of_what_is_free(session):
    shop = await make_shop(session)
    await share(session, shop, share_bps=3_500)
    assert await free(session, shop) == 3
    await hold(session, shop, (shop.sku_ids[0], 3))
    assert await free(session, shop) == 2
    await share(session, shop, share_bps=0)
    assert await free(session, shop) == 0


async def test_the_hold_itself_keeps_the_share(session):
    """It was chosen before the share was set."""
    shop = await make_shop(session)
    chosen = await inventory.choose(
        session, channel_id=shop.channel.id, wanted=[inventory.Wanted(shop.sku_ids[0], 7)]
    )
    await share(session, shop, leaves=4)
    with pytest.raises(OutOfStock):
        await inventory.hold(
            session,
            chosen,
            owner="order:1",
            member_id=shop.member.id,
            channel_id=shop.channel.id,
            expires_at=None,
        )
    assert await levels(session, shop.sku_ids[0]) == (10, 0)


async def test_a_crowd_of_one_channel_takes_its_share_and_no_more(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await share(session, shop, leaves=4)
    tea = shop.sku_ids[0]
    got = await asyncio.gather(*(buy(sessions, shop, f"order:{i}", (tea, 1)) for i in range(20)))
    assert sum(got) == 6
    async with sessions() as session:
        assert await levels(session, tea) == (10, 6)
        await assert_consistent(session)


async def test_an_order_that_waited_for_another_channel_sees_what_that_left(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        other = await make_channel(session)
        await share(session, shop, leaves=4)
    tea = shop.sku_ids[0]
    async with unit_of_work(sessions) as session:
        await inventory.hold(
            session,
            [inventory.Allocation(tea, shop.warehouse.id, shop.merchant.id, 5)],
            owner="order:9",
            member_id=shop.member.id,
            channel_id=other.id,
            expires_at=None,
        )
        waiting = await start_and_wait(sessions, buy(sessions, shop, "order:1", (tea, 2)))
    assert not await waiting
    assert await buy(sessions, shop, "order:2", (tea, 1))


async def test_shares_over_http(client, session):
    shop = await make_shop(session)
    headers = await keeper(session)
    tea, cup, _ = map(str, shop.sku_ids)
    url = f"{URL}/{shop.channel.id}"
    rows = [
        {"sku_id": tea, "leaves": 4, "share_bps": 10_000},
        {"sku_id": cup, "leaves": 0, "share_bps": 5_000},
    ]
    body = {"warehouse_id": str(shop.warehouse.id), "rows": rows}
    put = await client.put(url, json=body, headers=headers)
    assert put.status_code == 200
    first = (await client.get(f"{url}?limit=1", headers=headers)).json()
    rest = (await client.get(f"{url}?after={first['next_after']}", headers=headers)).json()
    assert first["items"] + rest["items"] == put.json()["items"]
    strange = await client.put(f"{URL}/{uuid4()}", json=body, headers=headers)
    assert (strange.status_code, strange.json()["field"]) == (422, "channel_id")
    twice = body | {"rows": [rows[0], rows[0]]}
    assert (await client.put(url, json=twice, headers=headers)).status_code == 422
    strange = await client.put(url, json=body | {"warehouse_id": str(uuid4())}, headers=headers)
    assert (strange.status_code, strange.json()["type"]) == (422, "/problems/unknown-stock")
