"""Batches follow what moves, expire, are kept back and recalled."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import build_sessions, unit_of_work
from app.core.enums.inventory import AdjustmentReason, BatchState, StockGrade
from app.core.inventory_settings import InventorySettings
from app.services import inventory
from app.services.inventory import BatchShort, Move, OutOfStock
from app.services.inventory.batches import BatchFilter, BatchOf
from tests.factories.inventory import make_warehouse
from tests.factories.orders import place
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.test_api import ADMIN, keeper, keyed
from tests.integration.inventory.test_reserve import hold

URL = f"{ADMIN}/stock"
LIMITS = InventorySettings()


def in_days(days):
    return clock.now().date() + timedelta(days=days)


BY = staff()


async def tea_shop(session, *, shelf_days=0):
    """A shop of which the first SKU is tracked; nothing of it lies there."""
    shop = await make_shop(session, quantity=0)
    await inventory.batches.track(session, shop.sku_ids[0], shelf_days=shelf_days, actor=staff())
    return shop


async def receive(session, shop, number, pieces, expires_on=None, *, warehouse=None):
    key = (shop.sku_ids[0], number)
    wanted = {key: BatchOf(number, expires_on=expires_on)}
    batch_id = (await inventory.batches.named(session, wanted))[key]
    there = (warehouse or shop.warehouse).id
    await inventory.receive(
        session, [Move(key[0], there, pieces, batch_id=batch_id)], cause="receipt:1"
    )
    return batch_id


async def sell(session, shop, pieces, owner="order:1", cause="shipment:S1"):
    await hold(session, shop, (shop.sku_ids[0], pieces), owner=owner)
    await ship(session, shop, pieces, owner, cause)


async def ship(session, shop, pieces, owner="order:1", cause="shipment:S1"):
    assert await inventory.commit(session, owner)
    there = {(shop.sku_ids[0], shop.warehouse.id): pieces}
    await inventory.ship(session, owner, there, cause=cause)


async def lies(session, warehouse=None):
    """What lies of each batch, as `(on_hand, damaged, frozen)`."""
    rows = await session.execute(
        text(
            "SELECT b.number, sum(w.on_hand) AS a, sum(w.damaged) AS b, sum(w.frozen) AS c"
            " FROM batch_stock w JOIN stock_batches b ON b.id = w.batch_id"
            " WHERE CAST(:there AS uuid) IS NULL OR w.warehouse_id = :there GROUP BY 1"
        ),
        {"there": warehouse and warehouse.id},
    )
    assert (await inventory.proof.prove(session)).differences == 0
    return {row.number: (row.a, row.b, row.c) for row in rows}


async def test_what_expires_first_is_shipped_first(session):
    """J158: first expired, first out."""
    shop = await tea_shop(session)
    await receive(session, shop, "B", 5, in_days(60))
    await receive(session, shop, "C", 5)
    await receive(session, shop, "A", 5, in_days(30))
    await sell(session, shop, 7)
    assert await lies(session) == {"A": (0, 0, 0), "B": (3, 0, 0), "C": (5, 0, 0)}
    await sell(session, shop, 4, owner="order:2")
    assert await lies(session) == {"A": (0, 0, 0), "B": (0, 0, 0), "C": (4, 0, 0)}


async def test_other_skus_are_not_told_apart(session):
    shop = await make_shop(session)
    await sell(session, shop, 3)
    assert await lies(session) == {}
    assert await session.scalar(text("SELECT count(*) FROM stock_batch_movements")) == 0


async def test_what_lies_there_when_tracking_begins_is_of_an_unknown_batch(session):
    shop = await make_shop(session)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    await inventory.regrade(session, [Move(tea, here, 2)], to=StockGrade.DAMAGED, cause="x:1")
    await inventory.batches.track(session, tea, shelf_days=0, actor=staff())
    assert await lies(session) == {"?": (8, 2, 0)}
    await inventory.batches.track(session, tea, shelf_days=9, actor=staff())
    await receive(session, shop, "A", 5, in_days(30))
    await sell(session, shop, 6)
    assert await lies(session) == {"A": (0, 0, 0), "?": (7, 2, 0)}


async def test_what_comes_back_is_of_the_batch_that_left(session):
    shop = await tea_shop(session)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    await receive(session, shop, "A", 2, in_days(30))
    await receive(session, shop, "B", 5, in_days(60))
    await sell(session, shop, 4)
    back = [Move(tea, here, 1), Move(tea, here, 2, grade=StockGrade.DAMAGED)]
    await inventory.take_back(session, back, cause="return:A1", owner="order:1")
    assert await lies(session) == {"A": (1, 1, 0), "B": (3, 1, 0)}
    back = [Move(tea, here, 2)]
    await inventory.take_back(session, back, cause="return:A2", owner="order:1")
    assert await lies(session) == {"A": (1, 1, 0), "B": (4, 1, 0), "?": (1, 0, 0)}


async def test_a_parcel_that_comes_back_is_of_the_batches_it_left_with(session):
    shop = await tea_shop(session)
    await receive(session, shop, "A", 2, in_days(30))
    await receive(session, shop, "B", 5, in_days(60))
    await sell(session, shop, 3, cause="shipment:S1")
    await sell(session, shop, 2, owner="order:2", cause="shipment:S2")
    back = [Move(shop.sku_ids[0], shop.warehouse.id, 2)]
    await inventory.take_back(session, back, cause="shipment:S2")
    assert await lies(session) == {"A": (0, 0, 0), "B": (4, 0, 0)}


async def test_transfers_carry_their_batches(session):
    shop = await tea_shop(session)
    tea = shop.sku_ids[0]
    far = await make_warehouse(session, shop.merchant.id)
    await receive(session, shop, "A", 2, in_days(30))
    await receive(session, shop, "B", 5, in_days(60))
    wanted = inventory.transfers.NewTransfer(
        from_warehouse_id=shop.warehouse.id, to_warehouse_id=far.id, pieces={tea: 4}
    )
    asked = (await inventory.transfers.request(session, wanted, actor=staff())).row.id
    await inventory.transfers.ship(session, asked, None, version=1, actor=staff())
    for came in ((1, 1), (1, 0)):
        parts = {tea: inventory.transfers.Came(*came)}
        await inventory.transfers.receive(session, asked, parts, actor=staff())
    assert await lies(session, far) == {"A": (1, 1, 0), "B": (1, 0, 0)}
    assert await lies(session, shop.warehouse) == {"A": (0, 0, 0), "B": (3, 0, 0)}


async def test_counts_and_corrections_follow(session):
    shop = await tea_shop(session)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    await receive(session, shop, "A", 3, in_days(-1))
    late = await receive(session, shop, "B", 5, in_days(60))
    wanted = inventory.stocktakes.NewStocktake(warehouse_id=here, sku_ids=(tea,))
    row = (await inventory.stocktakes.open_stocktake(session, wanted, actor=staff())).row
    await inventory.stocktakes.count(session, row.id, {tea: 6}, actor=staff())
    await inventory.stocktakes.submit(
        session, row.id, version=1, leaves_uncounted=False, actor=staff(), limits=LIMITS
    )
    assert await lies(session) == {"A": (1, 0, 0), "B": (5, 0, 0)}
    moves = (Move(tea, here, -2, batch_id=late), Move(tea, here, 4))
    correction = inventory.adjustments.NewAdjustment(
        warehouse_id=here, reason=AdjustmentReason.OTHER, document="A1", moves=moves
    )
    await inventory.adjustments.ask(session, correction, actor=staff(), limits=LIMITS)
    assert await lies(session) == {"A": (1, 0, 0), "B": (3, 0, 0), "?": (4, 0, 0)}
    with pytest.raises(BatchShort) as short:
        await inventory.adjust(session, [Move(tea, here, -4, batch_id=late)], cause="x:1")
    assert (short.value.context["pieces"], short.value.context["there"]) == (4, 3)


async def test_regraded_pieces_stay_of_their_batch(session):
    shop = await tea_shop(session)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    await receive(session, shop, "A", 3, in_days(30))
    await receive(session, shop, "B", 5, in_days(60))
    await inventory.regrade(session, [Move(tea, here, 4)], to=StockGrade.DAMAGED, cause="x:1")
    assert await lies(session) == {"A": (0, 3, 0), "B": (4, 1, 0)}


async def test_expired_pieces_leave_the_shop(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await tea_shop(session, shelf_days=10)
        tea = shop.sku_ids[0]
        await receive(session, shop, "A", 3, in_days(10))
        await receive(session, shop, "B", 5, in_days(11))
        await hold(session, shop, (tea, 6), owner="order:1")
    assert await inventory.batches.take_off_sale(sessions, limit=9) == 1
    async with unit_of_work(sessions) as session:
        # One piece more was promised than of those that are sold.
        assert await lies(session) == {"A": (1, 0, 2), "B": (5, 0, 0)}
        assert await inventory.available(session, [tea], shop.channel.id) == {tea: 0}
        with pytest.raises(BatchShort):
            async with session.begin_nested():
                await ship(session, shop, 6)
        await inventory.release(session, "order:1")
    assert await inventory.batches.take_off_sale(sessions, limit=9) == 1
    assert await inventory.batches.take_off_sale(sessions, limit=9) == 0
    async with unit_of_work(sessions) as session:
        assert await lies(session) == {"A": (0, 0, 3), "B": (5, 0, 0)}
        assert await inventory.available(session, [tea], shop.channel.id) == {tea: 5}


async def test_what_expires_soon_is_told(session):
    shop = await tea_shop(session, shelf_days=10)
    await receive(session, shop, "A", 3, in_days(41))
    assert await inventory.alerts.watch(session, LIMITS) == 0
    await receive(session, shop, "B", 3, in_days(40))
    assert await inventory.alerts.watch(session, LIMITS) == 1
    (alert,) = await inventory.alerts.list_alerts(
        session, inventory.alerts.AlertFilter(), after=None, limit=9
    )
    assert (alert.kind, alert.threshold) == ("expiry", 30)


async def recall(session, batch_id, state=BatchState.RECALLED):
    version = (await inventory.batches.get(session, batch_id))["version"]
    return await inventory.batches.judge(
        session, batch_id, state, version=version, reason="Glass in it", actor=BY
    )


async def test_a_recalled_batch_is_frozen_everywhere_and_its_recipients_are_known(session):
    shop = await tea_shop(session)
    tea = shop.sku_ids[0]
    far = await make_warehouse(session, shop.merchant.id, priority=900)
    bad = await receive(session, shop, "A", 5, in_days(30))
    await receive(session, shop, "A", 4, in_days(30), warehouse=far)
    await receive(session, shop, "B", 3, in_days(60))
    placed = [await place(session, shop.member.id, [(shop.skus[0].id, n)]) for n in (2, 1)]
    for order, n in zip(placed, (2, 1), strict=True):
        await ship(session, shop, n, f"order:{order.id}", cause=f"shipment:{order.number}")
    back = [Move(tea, shop.warehouse.id, 1)]
    await inventory.take_back(session, back, cause="return:A1", owner=f"order:{placed[0].id}")
    after = await recall(session, bad)
    assert (after["state"], after["reason"]) == ("recalled", "Glass in it")
    assert await lies(session) == {"A": (0, 0, 7), "B": (3, 0, 0)}
    who = await session.execute(
        text("SELECT DISTINCT actor FROM stock_movements WHERE cause = 'batch:recalled'")
    )
    assert who.scalars().all() == [BY.principal]
    rows = await inventory.batches.recipients(session, bad, after=None, limit=9)
    shown = {row["order_number"]: (row["sent"], row["back"]) for row in rows}
    assert shown == {placed[0].number: (2, 1), placed[1].number: (1, 0)}
    with pytest.raises(OutOfStock):
        await hold(session, shop, (tea, 4), owner="order:9")
    await recall(session, bad, BatchState.OPEN)
    assert (await lies(session))["A"] == (0, 0, 7)


async def test_batches_over_http(client, session):
    shop = await make_shop(session, quantity=0)
    tea, cup, _ = map(str, shop.sku_ids)
    headers = await keeper(session)
    put = await client.put(f"{URL}/tracking/{tea}", json={"shelf_days": 5}, headers=headers)
    assert put.json() == {"sku_id": tea, "shelf_days": 5}
    unknown = await client.put(f"{URL}/tracking/{shop.spu.id}", json={}, headers=headers)
    assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/unknown-stock")
    batch = {"number": "A-7", "made_on": str(in_days(-9)), "expires_on": str(in_days(90))}
    body = {
        "warehouse_id": str(shop.warehouse.id),
        "document": "GR-1",
        "rows": [{"sku_id": tea, "quantity": 8, "batch": batch}],
    }

    async def receive(**change):
        sent = body | {"rows": [body["rows"][0] | change]}
        return await client.post(f"{URL}/receipts", json=sent, headers=keyed(headers))

    assert (await receive()).status_code == 201
    assert (await receive(batch={"number": "A-7"})).status_code == 201
    other = await receive(batch=batch | {"expires_on": str(in_days(91))})
    assert (other.status_code, other.json()["type"]) == (409, "/problems/batch-differs")
    strange = await receive(sku_id=cup)
    assert (strange.status_code, strange.json()["type"]) == (409, "/problems/not-tracked")
    back = batch | {"made_on": batch["expires_on"], "expires_on": batch["made_on"]}
    assert (await receive(batch=back)).status_code == 422
    (row,) = (await client.get(f"{URL}/batches?sku_id={tea}", headers=headers)).json()["items"]
    assert (row["number"], row["state"], [each["on_hand"] for each in row["stock"]]) == (
        "A-7",
        "open",
        [16],
    )
    url = f"{URL}/batches/{row['id']}"
    seen = await client.get(url, headers=headers)
    assert seen.json() == row
    regrade = {
        "warehouse_id": body["warehouse_id"],
        "document": "Q1",
        "to": "damaged",
        "rows": [{"sku_id": tea, "grade": "sellable", "quantity": 1, "batch": "A-7"}],
    }
    done = await client.post(f"{URL}/regrades", json=regrade, headers=keyed(headers))
    assert done.status_code == 201
    regrade["rows"][0]["batch"] = "A-8"
    missing = await client.post(f"{URL}/regrades", json=regrade, headers=keyed(headers))
    assert missing.status_code == 404
    adjust = {
        "warehouse_id": body["warehouse_id"],
        "reason": "loss",
        "document": "A1",
        "rows": [{"sku_id": tea, "quantity": -2, "batch": "A-7"}],
    }
    lost = await client.post(f"{URL}/adjustments", json=adjust, headers=keyed(headers))
    assert (lost.json()["state"], lost.json()["lines"][0]["batch"]) == ("posted", "A-7")
    tag = {"If-Match": '"1"'}
    for path, wants in (("block", "blocked"), ("recall", "recalled")):
        said = await client.post(f"{url}/{path}", json={"reason": "Mould"}, headers=headers | tag)
        assert (said.status_code, said.json()["state"]) == (200, wants)
        tag = {"If-Match": said.headers["etag"]}
    assert said.json()["stock"][0] | {"warehouse_id": ""} == {
        "warehouse_id": "",
        "on_hand": 0,
        "damaged": 1,
        "frozen": 13,
    }
    again = await client.post(f"{url}/recall", json={"reason": "Mould"}, headers=headers | tag)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/illegal-stock-transition")
    free = await client.post(f"{url}/release", headers=headers | tag)
    assert (free.status_code, free.json()["state"], free.json()["reason"]) == (200, "open", None)
    moved = (await client.get(f"{url}/movements?limit=2", headers=headers)).json()
    assert moved["next_after"] == moved["items"][-1]["id"]
    got = (await client.get(f"{url}/recipients", headers=headers)).json()
    assert got == {"items": [], "next_after": None}
    until = f"{URL}/batches?expires_until={in_days(30)}"
    assert (await client.get(until, headers=headers)).json()["items"] == []


async def test_a_page_of_batches_is_one_statement(session):
    shop = await tea_shop(session)
    for number in "ABC":
        await receive(session, shop, number, 1)
    first = await inventory.batches.page(session, BatchFilter(), after=None, limit=2)
    rest = await inventory.batches.page(session, BatchFilter(), after=first[-1]["id"], limit=9)
    assert [row["number"] for row in (*first, *rest)] == ["C", "B", "A"]
