"""Pieces that are told apart one by one."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.inventory import StockGrade
from app.services import inventory
from app.services.inventory import SerialsExceed, SerialsMissing, SerialsNotThere
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.orders import place
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, levels
from tests.integration.inventory.test_api import ADMIN, keeper, keyed
from tests.integration.inventory.test_reserve import hold
from tests.waiting import start_and_wait

URL = f"{ADMIN}/stock/serials"


async def phone_shop(session, serials=("A", "B", "C"), quantity=3):
    shop = await make_shop(session, quantity=quantity)
    await inventory.serials.track(session, shop.sku_ids[0], actor=staff())
    await scan_in(session, shop, *serials)
    return shop


def scan_of(shop, serials, document, warehouse=None):
    return inventory.serials.Scan(
        sku_id=shop.sku_ids[0],
        warehouse_id=(warehouse or shop.warehouse).id,
        document=document,
        serials=serials,
    )


async def scan_in(session, shop, *serials, warehouse=None):
    scan = scan_of(shop, serials, "scan:1", warehouse)
    await inventory.serials.scan_in(session, scan, actor=staff())


async def pack(session, shop, *serials, parcel="S1"):
    scan = scan_of(shop, serials, f"shipment:{parcel}")
    await inventory.serials.scan_for(session, scan, actor=staff())


async def ship(session, shop, pieces, owner="order:1", parcel="S1"):
    there = {(shop.sku_ids[0], shop.warehouse.id): pieces}
    await inventory.ship(session, owner, there, cause=f"shipment:{parcel}")


async def promise(session, shop, pieces, owner="order:1"):
    await hold(session, shop, (shop.sku_ids[0], pieces), owner=owner)
    assert await inventory.commit(session, owner)


async def states(session):
    rows = await inventory.serials.page(session, after=None, limit=9)
    return {row["serial"]: (row["state"], row["owner"]) for row in rows}


async def test_a_parcel_leaves_with_the_serials_that_were_scanned_for_it(session):
    shop = await phone_shop(session)
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 2)])
    owner = f"order:{placed.id}"
    assert await inventory.commit(session, owner)
    for scanned in ((), ("A",)):
        if scanned:
            await pack(session, shop, *scanned)
        with pytest.raises(SerialsMissing) as missing:
            async with session.begin_nested():
                await ship(session, shop, 2, owner)
        assert missing.value.context["rows"][0]["scanned"] == len(scanned)
    await pack(session, shop, "C")
    await ship(session, shop, 2, owner)
    assert await states(session) == {
        "A": ("sent", owner),
        "B": ("in_stock", None),
        "C": ("sent", owner),
    }
    (row,) = await inventory.serials.page(session, serial="C", after=None, limit=9)
    assert (row["order_number"], row["member_id"]) == (placed.number, shop.member.id)
    history = await inventory.serials.get(session, row["id"])
    assert [each["state"] for each in history["moves"]] == ["sent", "packed", "in_stock"]
    assert (await inventory.proof.prove(session)).differences == 0
    await assert_consistent(session)


async def test_more_serials_than_are_in_the_parcel_do_not_leave(session):
    shop = await phone_shop(session)
    await promise(session, shop, 1)
    await pack(session, shop, "A", "B")
    with pytest.raises(SerialsMissing):
        async with session.begin_nested():
            await ship(session, shop, 1)
    await scan_in(session, shop, "B")
    await ship(session, shop, 1)
    assert await states(session) == {
        "A": ("sent", "order:1"),
        "B": ("in_stock", None),
        "C": ("in_stock", None),
    }


async def test_other_skus_ask_for_none(session):
    shop = await make_shop(session)
    await promise(session, shop, 2)
    await ship(session, shop, 2)
    assert await levels(session, shop.sku_ids[0]) == (8, 0)


async def test_there_are_never_more_serials_than_pieces(session):
    shop = await phone_shop(session)
    with pytest.raises(SerialsExceed):
        async with session.begin_nested():
            await scan_in(session, shop, "D")
    with pytest.raises(SerialsNotThere) as twice:
        await scan_in(session, shop, "A")
    assert twice.value.context["serials"] == ["A"]


async def test_pieces_move_and_come_back(session):
    shop = await phone_shop(session)
    far = await make_warehouse(session, shop.merchant.id)
    await promise(session, shop, 1)
    await pack(session, shop, "A")
    await ship(session, shop, 1)
    with pytest.raises(SerialsNotThere):
        await pack(session, shop, "A", parcel="S2")
    back = [inventory.Move(shop.sku_ids[0], shop.warehouse.id, 1)]
    await inventory.take_back(session, back, cause="return:A1", owner="order:1")
    await scan_in(session, shop, "A")
    await put_stock(session, shop.sku_ids[0], far.id, 1)
    await scan_in(session, shop, "B", warehouse=far)
    with pytest.raises(SerialsNotThere):
        await pack(session, shop, "B", parcel="S3")
    assert {each for each, _ in (await states(session)).values()} == {"in_stock"}


async def test_pieces_without_a_serial_are_found(session):
    await phone_shop(session, serials=("A", "B"))
    await inventory.proof.prove(session)
    (row,) = await inventory.proof.list_findings(session, after=None, limit=9)
    assert (row.kind, row.expected, row.found) == ("serials", 2, 3)


async def test_a_piece_is_packed_into_one_parcel(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await phone_shop(session)

    async def second():
        async with unit_of_work(sessions) as session:
            await pack(session, shop, "A", parcel="S2")

    async with unit_of_work(sessions) as session:
        await pack(session, shop, "A", parcel="S1")
        waiting = await start_and_wait(sessions, second())
    with pytest.raises(SerialsNotThere):
        await waiting


async def test_a_piece_that_is_seen_elsewhere_meanwhile_is_not_packed(fresh_engine):
    """Its stock is locked here by one and there by the other: the serial itself is, too."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await phone_shop(session)
        far = await make_warehouse(session, shop.merchant.id)
        await put_stock(session, shop.sku_ids[0], far.id, 1)

    async def second():
        async with unit_of_work(sessions) as session:
            await pack(session, shop, "A")

    async with unit_of_work(sessions) as session:
        await scan_in(session, shop, "A", warehouse=far)
        waiting = await start_and_wait(sessions, second())
    with pytest.raises(SerialsNotThere):
        await waiting


async def test_damaged_and_frozen_pieces_have_serials(session):
    shop = await phone_shop(session, serials=("A",))
    here = [
        inventory.Move(shop.sku_ids[0], shop.warehouse.id, -1),
        inventory.Move(shop.sku_ids[0], shop.warehouse.id, 1, grade=StockGrade.DAMAGED),
    ]
    await inventory.adjust(session, here, cause="test")
    await scan_in(session, shop, "B", "C")
    with pytest.raises(SerialsExceed):
        await scan_in(session, shop, "D")


async def test_two_who_scan_new_serials_do_not_exceed_the_pieces(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await phone_shop(session, serials=("A", "B"))

    async def second():
        async with unit_of_work(sessions) as session:
            await scan_in(session, shop, "D")

    async with unit_of_work(sessions) as session:
        await scan_in(session, shop, "C")
        waiting = await start_and_wait(sessions, second())
    with pytest.raises(SerialsExceed):
        await waiting


async def test_serials_over_http(client, session):
    shop = await make_shop(session, quantity=3)
    headers = await keeper(session)
    tea, cup, _ = map(str, shop.sku_ids)
    tracked = await client.put(f"{ADMIN}/stock/serial-tracking/{tea}", headers=headers)
    assert tracked.json() == {"sku_id": tea}
    (noted,) = await session.execute(
        text("SELECT object_kind, object_id FROM operation_log WHERE action LIKE '%track_serials'")
    )
    assert tuple(noted) == ("sku", tea)
    strange = await client.put(f"{ADMIN}/stock/serial-tracking/{uuid4()}", headers=headers)
    assert (strange.status_code, strange.json()["type"]) == (422, "/problems/unknown-stock")
    body = {
        "sku_id": tea,
        "warehouse_id": str(shop.warehouse.id),
        "document": "GR-1",
        "serials": ["A", "B"],
    }

    async def scan(path, sent):
        return await client.post(f"{URL}/{path}", json=sent, headers=keyed(headers))

    assert (await scan("in", body)).json() == {"serials": ["A", "B"]}
    for change, status, slug in (
        ({}, 409, "serials-not-there"),
        ({"serials": ["C", "D"]}, 409, "serials-exceed"),
        ({"sku_id": cup}, 409, "not-tracked"),
        ({"serials": ["C", "C"]}, 422, "/problems/"),
    ):
        refused = await scan("in", body | change)
        assert (refused.status_code, slug in refused.json()["type"]) == (status, True)
    parcel = {key: body[key] for key in ("sku_id", "warehouse_id")} | {"shipment_number": "S1"}
    packed = await scan("pack", parcel | {"serials": ["A"]})
    assert packed.status_code == 200
    gone = await scan("pack", parcel | {"serials": ["A"], "shipment_number": "S2"})
    assert (gone.status_code, gone.json()["serials"]) == (409, ["A"])
    (row,) = (await client.get(f"{URL}?serial=A", headers=headers)).json()["items"]
    assert (row["state"], row["document"], row["order_number"]) == ("packed", "shipment:S1", None)
    first = (await client.get(f"{URL}?sku_id={tea}&limit=1", headers=headers)).json()
    rest = (await client.get(f"{URL}?after={first['next_after']}", headers=headers)).json()
    assert [each["serial"] for each in first["items"] + rest["items"]] == ["B", "A"]
    seen = (await client.get(f"{URL}/{row['id']}", headers=headers)).json()
    assert [each["state"] for each in seen["moves"]] == ["packed", "in_stock"]
    assert (await client.get(f"{URL}/{uuid4()}", headers=headers)).status_code == 404
