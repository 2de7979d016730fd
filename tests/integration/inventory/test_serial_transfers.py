"""Serials travel between warehouses: scanned for a transfer, on their way, there or gone."""

from uuid import uuid4

import pytest

from app.core.db import build_sessions, unit_of_work
from app.services import inventory
from app.services.inventory import IllegalStockTransition, SerialsMissing, SerialsNotThere
from tests.factories.inventory import make_warehouse
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, assert_documents
from tests.integration.inventory.test_api import ADMIN, keeper, keyed
from tests.integration.inventory.test_serials import (
    pack,
    phone_shop,
    promise,
    scan_in,
    scan_of,
    ship,
)
from tests.waiting import start_and_wait

transfers = inventory.transfers


@pytest.fixture
async def shop(session):
    return await phone_shop(session)


@pytest.fixture
async def far(session, shop):
    return await make_warehouse(session, shop.merchant.id, is_active=False)


async def asked(session, shop, far, pieces=2):
    wanted = transfers.NewTransfer(
        from_warehouse_id=shop.warehouse.id,
        to_warehouse_id=far.id,
        pieces={shop.sku_ids[0]: pieces},
    )
    return (await transfers.request(session, wanted, actor=staff())).row


async def scan(session, shop, row, *serials):
    await transfers.pack(session, row.id, shop.sku_ids[0], serials, actor=staff())


async def send(session, row, pieces=None):
    return await transfers.ship(session, row.id, pieces, version=row.version, actor=staff())


async def receive(session, shop, row, received, *serials, damaged=0):
    came = {shop.sku_ids[0]: transfers.Came(received, damaged, serials)}
    return await transfers.receive(session, row.id, came, actor=staff())


async def where(session):
    rows = await inventory.serials.page(session, after=None, limit=9)
    return {row["serial"]: (row["state"], row["warehouse_id"]) for row in rows}


async def sound(session):
    assert (await inventory.proof.prove(session)).differences == 0
    await assert_documents(session)
    await assert_consistent(session)


async def test_the_pieces_that_were_scanned_travel_and_arrive(session, shop, far):
    here = shop.warehouse.id
    row = await asked(session, shop, far)
    await scan(session, shop, row, "A")
    with pytest.raises(SerialsMissing) as missing:
        async with session.begin_nested():
            await send(session, row)
    assert missing.value.context["rows"][0] | {"sku_id": ""} == {
        "sku_id": "",
        "pieces": 2,
        "scanned": 1,
    }
    await session.refresh(row)
    await scan(session, shop, row, "C")
    await send(session, row)
    assert await where(session) == {
        "A": ("in_transit", None),
        "B": ("in_stock", here),
        "C": ("in_transit", None),
    }
    await sound(session)
    document = f"transfer:{row.number}"
    listed = await inventory.serials.page(session, document=document, after=None, limit=9)
    assert [each["serial"] for each in listed] == ["C", "A"]
    await receive(session, shop, row, 0, "C", damaged=1)
    await sound(session)
    await receive(session, shop, row, 1, "A")
    assert await where(session) == {
        "A": ("in_stock", far.id),
        "B": ("in_stock", here),
        "C": ("in_stock", far.id),
    }
    history = await inventory.serials.get(session, listed[1]["id"])
    assert [each["state"] for each in history["moves"]] == [
        "in_stock",
        "in_transit",
        "packed",
        "in_stock",
    ]
    await sound(session)


async def test_who_receives_names_what_came_and_nothing_else(session, shop, far):
    row = await asked(session, shop, far)
    tea, transfer_id = shop.sku_ids[0], row.id
    await scan(session, shop, row, "A", "B")
    await send(session, row)
    for named, refusal in (
        ((), SerialsMissing),
        (("A", "B"), SerialsMissing),
        (("C",), SerialsNotThere),
        (("D",), SerialsNotThere),
    ):
        came = {tea: transfers.Came(1, 0, named)}
        with pytest.raises(refusal):
            async with session.begin_nested():
                await transfers.receive(session, transfer_id, came, actor=staff())
    await session.refresh(row)
    await receive(session, shop, row, 1, "B")
    await sound(session)


async def test_what_did_not_come_is_gone_until_it_is_found(session, shop, far):
    row = await asked(session, shop, far)
    await scan(session, shop, row, "A", "B")
    await send(session, row)
    await receive(session, shop, row, 1, "A")
    await transfers.close(session, row.id, version=row.version, reason="Fell off", actor=staff())
    assert (await where(session))["B"] == ("gone", None)
    await sound(session)
    move = inventory.Move(shop.sku_ids[0], far.id, 1)
    await inventory.adjust(session, [move], cause="found:1")
    await scan_in(session, shop, "B", warehouse=far)
    assert (await where(session))["B"] == ("in_stock", far.id)


async def test_what_is_more_than_was_sent_is_scanned_when_it_is_on_stock(session, shop, far):
    row = await asked(session, shop, far, 1)
    await scan(session, shop, row, "A")
    await send(session, row)
    with pytest.raises(SerialsNotThere):
        async with session.begin_nested():
            await receive(session, shop, row, 2, "A", "X")
    await session.refresh(row)
    await receive(session, shop, row, 2, "A")
    await transfers.close(session, row.id, version=row.version, reason="Two", actor=staff())
    await scan_in(session, shop, "X", warehouse=far)
    await sound(session)


async def test_a_request_that_is_given_up_leaves_its_pieces_free(session, shop, far):
    row = await asked(session, shop, far)
    await scan(session, shop, row, "A", "B")
    assert (await where(session))["A"] == ("packed", shop.warehouse.id)
    with pytest.raises(SerialsNotThere):
        await pack(session, shop, "A")
    await transfers.cancel(session, row.id, version=row.version, actor=staff())
    await promise(session, shop, 1)
    await pack(session, shop, "A")
    await ship(session, shop, 1)
    with pytest.raises(IllegalStockTransition):
        await scan(session, shop, row, "C")
    await sound(session)


async def test_fewer_are_sent_only_without_the_serials_of_the_others(session, shop, far):
    row = await asked(session, shop, far)
    await scan(session, shop, row, "A", "B")
    sent = {shop.sku_ids[0]: 1}
    with pytest.raises(SerialsMissing):
        async with session.begin_nested():
            await send(session, row, sent)
    await session.refresh(row)
    await scan_in(session, shop, "B")
    await send(session, row, sent)
    assert (await where(session))["B"] == ("in_stock", shop.warehouse.id)


async def test_what_was_scanned_is_not_left_behind_unsaid(session, shop, far):
    """Nothing of its SKU is sent: its serials are scanned back first."""
    pieces = {shop.sku_ids[0]: 1, shop.sku_ids[1]: 1}
    wanted = transfers.NewTransfer(
        from_warehouse_id=shop.warehouse.id, to_warehouse_id=far.id, pieces=pieces
    )
    row = (await transfers.request(session, wanted, actor=staff())).row
    await scan(session, shop, row, "A")
    with pytest.raises(SerialsMissing):
        async with session.begin_nested():
            await send(session, row, {shop.sku_ids[1]: 1})
    await session.refresh(row)
    await scan_in(session, shop, "A")
    await send(session, row, {shop.sku_ids[1]: 1})
    assert (await where(session))["A"] == ("in_stock", shop.warehouse.id)


async def test_what_was_sent_before_it_had_serials_comes_without(session):
    shop = await make_shop(session, quantity=3)
    far = await make_warehouse(session, shop.merchant.id, is_active=False)
    row = await asked(session, shop, far)
    await send(session, row)
    await inventory.serials.track(session, shop.sku_ids[0], actor=staff())
    await receive(session, shop, row, 2)
    await scan_in(session, shop, "A", "B", warehouse=far)
    await scan_in(session, shop, "C")
    await sound(session)


async def test_lost_pieces_are_scanned_out(session, shop):
    with pytest.raises(SerialsNotThere):
        await inventory.serials.scan_out(session, scan_of(shop, ["X"], "scan:L1"), actor=staff())
    await inventory.serials.scan_out(session, scan_of(shop, ["A"], "scan:L1"), actor=staff())
    assert (await where(session))["A"] == ("gone", None)
    assert (await inventory.proof.prove(session)).differences == 1
    move = inventory.Move(shop.sku_ids[0], shop.warehouse.id, -1)
    await inventory.adjust(session, [move], cause="lost:1")
    await sound(session)


async def test_a_piece_goes_with_a_parcel_or_a_transfer(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await phone_shop(session)
        far = await make_warehouse(session, shop.merchant.id, is_active=False)
        row = await asked(session, shop, far)

    async def second():
        async with unit_of_work(sessions) as session:
            await pack(session, shop, "A")

    async with unit_of_work(sessions) as session:
        await scan(session, shop, row, "A")
        waiting = await start_and_wait(sessions, second())
    with pytest.raises(SerialsNotThere):
        await waiting


async def test_what_is_scanned_elsewhere_meanwhile_does_not_leave(fresh_engine):
    """The transfer that waits for the scan reads the piece anew."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await phone_shop(session)
        far = await make_warehouse(session, shop.merchant.id, is_active=False)
        row = await asked(session, shop, far, 1)
        await scan(session, shop, row, "A")
        await inventory.receive(
            session, [inventory.Move(shop.sku_ids[0], far.id, 1)], cause="receipt:1"
        )

    async def leave():
        async with unit_of_work(sessions) as session:
            await send(session, row)

    async with unit_of_work(sessions) as session:
        await scan_in(session, shop, "A", warehouse=far)
        waiting = await start_and_wait(sessions, leave())
    with pytest.raises(SerialsMissing):
        await waiting


async def test_a_transfer_that_is_sent_twice_at_once_takes_its_pieces_once(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await phone_shop(session)
        far = await make_warehouse(session, shop.merchant.id, is_active=False)
        row = await asked(session, shop, far, 1)

    async def late_scan():
        async with unit_of_work(sessions) as session:
            await scan(session, shop, row, "B")

    async with unit_of_work(sessions) as session:
        await scan(session, shop, row, "A")
        await send(session, row)
        waiting = await start_and_wait(sessions, late_scan())
    with pytest.raises(IllegalStockTransition):
        await waiting


async def test_serials_of_transfers_over_http(client, session, shop, far):
    headers = await keeper(session)
    row = await asked(session, shop, far, 1)
    url, tea = f"{ADMIN}/stock/transfers/{row.id}", str(shop.sku_ids[0])

    async def post(path, body, **more):
        return await client.post(f"{url}/{path}", json=body, headers=keyed(headers) | more)

    for body, status, slug in (
        ({"sku_id": tea, "serials": ["X"]}, 409, "serials-not-there"),
        ({"sku_id": str(shop.sku_ids[1]), "serials": ["A"]}, 422, "unknown-stock"),
        ({"sku_id": tea, "serials": ["A", "A"]}, 422, ""),
    ):
        refused = await post("pack", body)
        assert (refused.status_code, slug in refused.json()["type"]) == (status, True)
    missing = await post("ship", {}, **{"If-Match": '"1"'})
    assert (missing.status_code, missing.json()["type"]) == (409, "/problems/serials-missing")
    assert (await post("pack", {"sku_id": tea, "serials": ["A"]})).json() == {"serials": ["A"]}
    assert (await post("ship", {}, **{"If-Match": '"1"'})).status_code == 200
    late = await post("pack", {"sku_id": tea, "serials": ["B"]})
    assert (late.status_code, late.json()["type"]) == (409, "/problems/illegal-stock-transition")
    came = {"rows": [{"sku_id": tea, "received": 1}]}
    unnamed = await post("receive", came)
    assert (unnamed.status_code, unnamed.json()["type"]) == (409, "/problems/serials-missing")
    came["rows"][0]["serials"] = ["A"]
    assert (await post("receive", came)).json()["state"] == "closed"
    found = await client.get(
        f"{ADMIN}/stock/serials?document=transfer:{row.number}", headers=headers
    )
    assert [each["serial"] for each in found.json()["items"]] == ["A"]
    out = {"sku_id": tea, "warehouse_id": str(far.id), "document": "L-1", "serials": ["A"]}
    gone = await client.post(f"{ADMIN}/stock/serials/out", json=out, headers=keyed(headers))
    assert (gone.status_code, gone.json()) == (200, {"serials": ["A"]})
    again = await client.post(f"{ADMIN}/stock/serials/out", json=out, headers=keyed(headers))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/serials-not-there")
    strange = await client.post(
        f"{ADMIN}/stock/transfers/{uuid4()}/pack",
        json={"sku_id": tea, "serials": ["A"]},
        headers=keyed(headers),
    )
    assert strange.status_code == 404
