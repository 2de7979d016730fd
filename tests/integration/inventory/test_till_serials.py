"""Tills name the pieces they sell, and bring them back."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core import clock
from app.services import inventory
from app.services.inventory import NotTracked, SerialsMissing, SerialsNotThere
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.payments import staff
from tests.integration.inventory.counting import assert_consistent, assert_documents
from tests.integration.inventory.test_api import ADMIN, keeper
from tests.integration.inventory.test_pos_sales import till
from tests.integration.inventory.test_reserve import hold
from tests.integration.inventory.test_serials import pack, phone_shop, scan_in, scan_of
from tests.statements import Statements

URL = f"{ADMIN}/stock/pos-sales"


@pytest.fixture
async def shop(session):
    return await phone_shop(session)


@pytest.fixture
async def channel(session):
    return await till(session)


async def sell(session, shop, channel, pieces, *serials, number="T-1", sku=0, **more):
    sale = inventory.pos_sales.NewPosSale(
        warehouse_id=shop.warehouse.id,
        channel_id=channel.id,
        number=number,
        sold_at=clock.now(),
        pieces={shop.sku_ids[sku]: pieces},
        serials={shop.sku_ids[sku]: serials} if serials else {},
        **more,
    )
    return (await inventory.pos_sales.sell(session, sale, actor=staff()))[0]


async def undo(session, row):
    await inventory.pos_sales.undo(session, row["id"], reason="Back", actor=staff())


async def states(session):
    rows = await inventory.serials.page(session, after=None, limit=9)
    return {row["serial"]: (row["state"], row["owner"]) for row in rows}


async def sound(session):
    assert (await inventory.proof.prove(session)).differences == 0
    await assert_documents(session)
    await assert_consistent(session)


async def test_a_till_sells_the_pieces_it_names_and_brings_them_back(session, shop, channel):
    row = await sell(session, shop, channel, 2, "B", "A")
    owner = f"pos:{row['number']}"
    assert row["lines"][0]["serials"] == ["A", "B"]
    assert await states(session) == {
        "A": ("sent", owner),
        "B": ("sent", owner),
        "C": ("in_stock", None),
    }
    await sound(session)
    again = await sell(session, shop, channel, 2, "A", "B")
    assert again["id"] == row["id"]
    with pytest.raises(inventory.TillNumberTaken):
        await sell(session, shop, channel, 2, "A", "C")
    await undo(session, row)
    assert set((await states(session)).values()) == {("in_stock", None)}
    await sound(session)
    await sell(session, shop, channel, 1, "A", number="T-2")


@pytest.mark.parametrize(
    ("pieces", "serials", "refusal"),
    [
        (2, ("A",), SerialsMissing),
        (1, (), SerialsMissing),
        (1, ("X",), SerialsNotThere),
        (1, ("P",), SerialsNotThere),
        (1, ("F",), SerialsNotThere),
    ],
)
async def test_each_piece_is_one_that_lies_there_free(
    session, shop, channel, pieces, serials, refusal
):
    far = await make_warehouse(session, shop.merchant.id)
    for warehouse, serial in ((shop.warehouse, "P"), (far, "F")):
        await put_stock(session, shop.sku_ids[0], warehouse.id, 1)
        await scan_in(session, shop, serial, warehouse=warehouse)
    await pack(session, shop, "P")
    with pytest.raises(refusal):
        await sell(session, shop, channel, pieces, *serials)


async def test_other_skus_have_none(session, shop, channel):
    with pytest.raises(NotTracked):
        async with session.begin_nested():
            await sell(session, shop, channel, 1, "Z", sku=1)
    row = await sell(session, shop, channel, 1, "Z", number="T-2", sku=1, is_offline=True)
    assert row["lines"][0]["serials"] == ["Z"]
    await sound(session)


async def test_what_was_sold_offline_is_the_buyers_wherever_it_was(session, shop, channel):
    far = await make_warehouse(session, shop.merchant.id)
    await put_stock(session, shop.sku_ids[0], far.id, 1)
    await scan_in(session, shop, "F", warehouse=far)
    await pack(session, shop, "B")
    row = await sell(session, shop, channel, 3, "F", "B", "N", is_offline=True)
    owner = f"pos:{row['number']}"
    found = await states(session)
    assert {each for each in found if found[each] == ("sent", owner)} == {"F", "B", "N"}
    await assert_documents(session)
    # Three pieces left, of which one was scanned here: both shelves are to be looked at.
    await inventory.proof.prove(session)
    findings = await inventory.proof.list_findings(session, after=None, limit=9)
    assert sorted((each.kind, each.expected, each.found) for each in findings) == [
        ("serials", 0, 1),
        ("serials", 2, 0),
    ]
    await undo(session, row)
    assert {state for state, _ in (await states(session)).values()} == {"in_stock"}


async def test_what_was_short_comes_back_with_its_serial(session, shop, channel):
    """All pieces were promised to an order when the till told that it had sold one of them."""
    await hold(session, shop, (shop.sku_ids[0], 3))
    row = await sell(session, shop, channel, 1, "A", is_offline=True)
    assert (row["is_short"], row["lines"][0]["short"]) == (True, 1)
    await undo(session, row)
    assert (await states(session))["A"] == ("in_stock", None)
    await assert_documents(session)


async def test_serials_at_tills_over_http(client, session, shop, channel):
    headers = await keeper(session)
    line = {"sku_id": str(shop.sku_ids[0]), "quantity": 1}
    body = {
        "warehouse_id": str(shop.warehouse.id),
        "channel_id": str(channel.id),
        "number": "T-1",
        "sold_at": "2026-11-27T08:00:00Z",
    }

    async def post(*serials, **change):
        lines = [line | {"serials": [each]} if each else line for each in serials]
        return await client.post(URL, json=body | {"lines": lines} | change, headers=headers)

    for serials, status, slug in (
        (["A", ""], 409, "/problems/serials-missing"),
        (["A", "X"], 409, "/problems/serials-not-there"),
        (["A", "A"], 422, "/problems/"),
    ):
        refused = await post(*serials)
        assert (refused.status_code, slug in refused.json()["type"]) == (status, True)
    more = [line | {"serials": ["A", "B"]}]
    assert (await client.post(URL, json=body | {"lines": more}, headers=headers)).status_code == 422
    other = [{"sku_id": str(shop.sku_ids[1]), "quantity": 1, "serials": ["Z"]}]
    refused = await client.post(URL, json=body | {"lines": other}, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-tracked")
    naive = await post("A", sold_at="2026-11-27T08:00:00")
    assert naive.status_code == 422
    made = await post("B", "A")
    assert (made.status_code, made.json()["lines"][0]["serials"]) == (201, ["A", "B"])
    again = await post("A", "B")
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    upload = {key: body[key] for key in ("warehouse_id", "channel_id")} | {
        "sales": [
            {
                "number": uuid4().hex,
                "sold_at": body["sold_at"],
                "lines": [line | {"serials": ["N"]}],
            }
        ]
    }
    (done,) = (await client.post(f"{URL}/uploads", json=upload, headers=headers)).json()["items"]
    assert (done["problem"], done["sale"]["lines"][0]["serials"]) == (None, ["N"])
    assert (
        await session.scalar(text("SELECT state FROM stock_serials WHERE serial = 'N'")) == "sent"
    )


@pytest.mark.parametrize("is_offline", [False, True])
async def test_serials_of_many_goods_take_as_many_statements(
    session, engine, shop, channel, is_offline
):
    """Of two goods they have the same numbers: each is its own piece."""

    async def sent(number, *skus):
        sale = inventory.pos_sales.NewPosSale(
            warehouse_id=shop.warehouse.id,
            channel_id=channel.id,
            number=number,
            sold_at=clock.now(),
            pieces=dict.fromkeys(skus, 1),
            serials=dict.fromkeys(skus, (f"{number}-A",)),
            is_offline=is_offline,
        )
        with Statements(engine) as statements:
            await inventory.pos_sales.sell(session, sale, actor=staff())
        return statements.count

    for place, sku_id in enumerate(shop.sku_ids):
        if place:
            await inventory.serials.track(session, sku_id, actor=staff())
        await put_stock(session, sku_id, shop.warehouse.id, 9)
        for serial in ("T-1-A", "T-2-A"):
            scan = replace(scan_of(shop, (serial,), "scan:2"), sku_id=sku_id)
            await inventory.serials.scan_in(session, scan, actor=staff())
    one = await sent("T-1", shop.sku_ids[0])
    assert await sent("T-2", *shop.sku_ids) == one
    rows = await inventory.serials.page(session, serial="T-2-A", after=None, limit=9)
    assert {(row["sku_id"], row["state"]) for row in rows} == {
        (sku_id, "sent") for sku_id in shop.sku_ids
    }
