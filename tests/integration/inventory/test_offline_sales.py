"""Sales that tills made offline have happened, whatever the goods were by then."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import build_sessions, unit_of_work
from app.core.enums.inventory import StockGrade
from app.services import inventory
from app.services.inventory import BatchShort, IllegalStockTransition, Move
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, assert_documents
from tests.integration.inventory.test_alerts import told
from tests.integration.inventory.test_api import ADMIN, keeper
from tests.integration.inventory.test_batches import in_days, lies, recall, receive, tea_shop
from tests.integration.inventory.test_pos_sales import till
from tests.integration.inventory.test_reserve import hold

FOUND = "inventory.difference_found.v1"


@pytest.fixture
async def sessions(fresh_engine):
    return build_sessions(fresh_engine)


async def sell(session, shop, channel, pieces, *, days_ago=0, number="T-1", is_offline=True):
    sale = inventory.pos_sales.NewPosSale(
        warehouse_id=shop.warehouse.id,
        channel_id=channel.id,
        number=number,
        sold_at=clock.now() - timedelta(days=days_ago),
        pieces={shop.sku_ids[0]: pieces},
        is_offline=is_offline,
    )
    row, _ = await inventory.pos_sales.sell(session, sale, actor=staff())
    return row


def line(row):
    return row["lines"][0]["short"], row["lines"][0]["unfit"]


async def findings(session):
    rows = await inventory.proof.list_findings(session, after=None, limit=9)
    return sorted((each.kind, each.expected, each.found) for each in rows)


async def sound(session):
    await assert_documents(session)
    await assert_consistent(session)


async def test_what_had_expired_is_sold_and_to_be_explained(session):
    shop = await tea_shop(session)
    channel = await till(session)
    await receive(session, shop, "A", 3, in_days(-1))
    await receive(session, shop, "B", 2, in_days(60))
    with pytest.raises(BatchShort):
        async with session.begin_nested():
            await sell(session, shop, channel, 4, is_offline=False)
    row = await sell(session, shop, channel, 4)
    assert (line(row), row["is_unfit"], row["is_short"]) == ((0, 2), True, False)
    assert await lies(session) == {"A": (1, 0, 0), "B": (0, 0, 0)}
    assert await findings(session) == [("unfit", 0, 2)]
    assert await told(session, FOUND) == 1
    (kept,) = await inventory.pos_sales.page(session, is_unfit=True, after=None, limit=9)
    assert kept["id"] == row["id"]
    await inventory.pos_sales.undo(session, row["id"], reason="Back", actor=staff())
    assert await lies(session) == {"A": (3, 0, 0), "B": (2, 0, 0)}
    await sound(session)


async def test_what_expired_since_was_on_the_shelf_then(sessions):
    async with unit_of_work(sessions) as session:
        shop = await tea_shop(session)
        channel = await till(session)
        await receive(session, shop, "A", 3, in_days(0))
        await receive(session, shop, "B", 5, in_days(60))
    assert await inventory.batches.take_off_sale(sessions, limit=9) == 1
    async with unit_of_work(sessions) as session:
        assert await lies(session) == {"A": (0, 0, 3), "B": (5, 0, 0)}
        row = await sell(session, shop, channel, 2, days_ago=1)
        assert (line(row), row["is_unfit"]) == ((0, 0), False)
        assert await lies(session) == {"A": (0, 0, 1), "B": (5, 0, 0)}
        assert await findings(session) == []
        # What is sold today is none of them.
        await sell(session, shop, channel, 1, number="T-2")
        assert await lies(session) == {"A": (0, 0, 1), "B": (4, 0, 0)}
        await sound(session)


async def test_f18_a_till_whose_clock_is_ahead_sells_what_can_be_sold_today(session):
    shop = await tea_shop(session)
    channel = await till(session)
    await receive(session, shop, "A", 3, in_days(2))
    row = await sell(session, shop, channel, 1, days_ago=-9)
    assert (line(row), row["is_unfit"]) == ((0, 0), False)
    assert await lies(session) == {"A": (2, 0, 0)}
    await sound(session)


async def test_what_was_recalled_since_is_taken_before_it_is_short(session):
    shop = await tea_shop(session)
    channel = await till(session)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    bad = await receive(session, shop, "A", 4, in_days(60))
    # One was kept back by hand before: nobody sold that.
    before = [Move(tea, here, 1, batch_id=bad)]
    await inventory.regrade(session, before, to=StockGrade.FROZEN, cause="regrade:1")
    await recall(session, bad)
    row = await sell(session, shop, channel, 5, days_ago=1)
    assert line(row) == (2, 0)
    assert await lies(session) == {"A": (0, 0, 1)}
    assert await findings(session) == [("short", 0, 2)]
    await sound(session)


async def test_what_orders_were_promised_stays(session):
    shop = await tea_shop(session)
    channel = await till(session)
    await receive(session, shop, "A", 3, in_days(60))
    await receive(session, shop, "B", 3, in_days(-1))
    await hold(session, shop, (shop.sku_ids[0], 4))
    row = await sell(session, shop, channel, 3)
    assert line(row) == (1, 0)
    assert await lies(session) == {"A": (1, 0, 0), "B": (3, 0, 0)}


async def test_what_tills_told_adds_up_and_is_over_when_it_is_explained(session):
    shop = await make_shop(session)
    channel = await till(session)
    await sell(session, shop, channel, 13)
    await sell(session, shop, channel, 2, number="T-2")
    assert await findings(session) == [("short", 0, 5)]
    assert await told(session, FOUND) == 2
    (row,) = await inventory.proof.list_findings(session, after=None, limit=9)
    await inventory.proof.prove(session, whole=True)
    assert await findings(session) == [("short", 0, 5)]
    done = await inventory.proof.explain(
        session, row.id, version=row.version, note="Counted", actor=staff()
    )
    assert (done.state, done.note) == ("resolved", "Counted")
    with pytest.raises(IllegalStockTransition):
        await inventory.proof.explain(
            session, row.id, version=done.version, note="Again", actor=staff()
        )
    await sell(session, shop, channel, 1, number="T-3")
    assert await findings(session) == [("short", 0, 1)]


async def test_an_upload_is_answered_with_what_could_not_be_sold(client, session):
    shop = await tea_shop(session)
    channel = await till(session)
    await receive(session, shop, "A", 3, in_days(-1))
    headers = await keeper(session)
    await session.commit()
    sale = {
        "number": "T-1",
        "sold_at": clock.now().isoformat(),
        "lines": [{"sku_id": str(shop.sku_ids[0]), "quantity": 4}],
    }
    body = {
        "warehouse_id": str(shop.warehouse.id),
        "channel_id": str(channel.id),
        "sales": [sale],
    }
    url = f"{ADMIN}/stock/pos-sales"
    answer = await client.post(f"{url}/uploads", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    (done,) = answer.json()["items"]
    kept = done["sale"]
    assert (kept["is_short"], kept["is_unfit"], done["problem"]) == (True, True, None)
    assert (kept["lines"][0]["short"], kept["lines"][0]["unfit"]) == (1, 3)
    listed = (await client.get(f"{url}?is_unfit=true", headers=headers)).json()["items"]
    assert listed == [kept]
    found = (await client.get(f"{ADMIN}/stock/findings", headers=headers)).json()["items"]
    assert sorted((each["kind"], each["found"]) for each in found) == [("short", 1), ("unfit", 3)]
