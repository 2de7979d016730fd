"""Stock is counted batch by batch."""

import pytest
from sqlalchemy import text

from app.core.enums.inventory import StockGrade
from app.services import inventory
from app.services.inventory import Move
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, assert_documents, levels
from tests.integration.inventory.test_api import keeper
from tests.integration.inventory.test_batches import in_days, lies, receive, sell, tea_shop
from tests.integration.inventory.test_reserve import hold
from tests.integration.inventory.test_stocktakes import URL, Clerk


@pytest.fixture
async def clerks(client, session):
    return [Clerk(client, await keeper(session)) for _ in range(2)]


@pytest.fixture
async def shop(session):
    """Five of A, which expires first, and five of B."""
    shop = await tea_shop(session)
    await receive(session, shop, "A", 5, in_days(30))
    await receive(session, shop, "B", 5, in_days(60))
    return shop


def row(sku_id, counted, number=None, **batch):
    named = {"batch": {"number": number, **batch}} if number else {}
    return {"sku_id": str(sku_id), "counted": counted, **named}


async def count(clerk, taken, *rows):
    url = f"{URL}/{taken['id']}/counts"
    return await clerk.client.put(url, json={"rows": list(rows)}, headers=clerk.headers)


async def opened(clerk, shop, **more):
    return await clerk.open(shop, sku_ids=[str(shop.sku_ids[0])], **more)


async def counted(clerk, taken):
    answer = await clerk.client.get(f"{URL}/{taken['id']}/lines", headers=clerk.headers)
    (line,) = answer.json()["items"]
    batches = [(b["number"], b["counted"], b["expected"]) for b in line["batches"]]
    return (line["counted"], line["expected"], line["difference"]), batches


async def sound(session):
    await assert_documents(session)
    await assert_consistent(session)


async def test_differences_are_of_the_batches_and_what_leaves_follows(session, clerks, shop):
    tea = shop.sku_ids[0]
    lin, _ = clerks
    taken = await opened(lin, shop)
    done = await count(lin, taken, row(tea, 2, "A"), row(tea, 7, "B"))
    summary = {key: done.json()[key] for key in ("counted", "differing", "too_many", "too_few")}
    assert summary == {"counted": 1, "differing": 1, "too_many": 2, "too_few": 3}
    assert await counted(lin, taken) == ((9, 10, -1), [("A", 2, 5), ("B", 7, 5)])
    assert (await lin.do(taken, "submit")).json()["state"] == "posted"
    assert await lies(session) == {"A": (2, 0, 0), "B": (7, 0, 0)}
    await sound(session)
    await sell(session, shop, 4)
    assert await lies(session) == {"A": (0, 0, 0), "B": (5, 0, 0)}


async def test_pieces_of_the_wrong_batch_are_two_errors_and_move_no_stock(session, clerks):
    shop = await tea_shop(session)
    tea = shop.sku_ids[0]
    await receive(session, shop, "A", 200, in_days(30))
    await receive(session, shop, "B", 200, in_days(60))
    lin, wu = clerks
    taken = await opened(lin, shop)
    await count(lin, taken, row(tea, 140, "A"))
    await count(wu, taken, row(tea, 260, "B"))
    waiting = await lin.do(taken, "submit")
    assert waiting.json()["state"] == "submitted"
    for clerk in (lin, wu):
        assert (await clerk.do(taken, "approve")).status_code == 403
    third = Clerk(lin.client, await keeper(session))
    assert (await third.do(taken, "approve")).json()["state"] == "posted"
    assert await lies(session) == {"A": (140, 0, 0), "B": (260, 0, 0)}
    assert await levels(session, tea) == (400, 0)
    await sound(session)


async def test_sales_between_count_and_approval_stay_counted(session, clerks, shop):
    tea = shop.sku_ids[0]
    lin, _ = clerks
    taken = await opened(lin, shop)
    await count(lin, taken, row(tea, 4, "A"))
    await sell(session, shop, 2)
    await count(lin, taken, row(tea, 5, "B"))
    assert await counted(lin, taken) == ((9, 10, -1), [("A", 4, 5), ("B", 5, 5)])
    await lin.do(taken, "submit")
    assert await lies(session) == {"A": (2, 0, 0), "B": (5, 0, 0)}
    await sound(session)


async def test_a_batch_of_which_too_little_is_left_is_counted_again(session, clerks, shop):
    tea = shop.sku_ids[0]
    lin, _ = clerks
    taken = await opened(lin, shop)
    await count(lin, taken, row(tea, 2, "A"), row(tea, 5, "B"))
    await sell(session, shop, 4)
    refused = await lin.do(taken, "submit")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/batch-short")
    await count(lin, taken, row(tea, 0, "A"), row(tea, 3, "B"))
    assert (await lin.do(taken, "submit")).json()["state"] == "posted"
    assert await lies(session) == {"A": (0, 0, 0), "B": (3, 0, 0)}
    await sound(session)


async def test_each_batch_that_lies_there_is_counted(session, clerks, shop):
    tea = shop.sku_ids[0]
    await receive(session, shop, "C", 1, in_days(90))
    lin, _ = clerks
    taken = await opened(lin, shop)
    await count(lin, taken, row(tea, 5, "A"))
    refused = await lin.do(taken, "submit")
    assert (refused.json()["type"], refused.json()["uncounted"]) == (
        "/problems/stocktake-incomplete",
        2,
    )
    assert (await lin.do(taken, "submit", leaves_uncounted=True)).json()["state"] == "posted"
    assert await lies(session) == {"A": (5, 0, 0), "B": (5, 0, 0), "C": (1, 0, 0)}


async def test_a_batch_of_which_all_pieces_are_damaged_is_not_waited_for(session, clerks, shop):
    """Counted is what can be sold."""
    tea = shop.sku_ids[0]
    await receive(session, shop, "C", 2, in_days(90))
    ids = await session.execute(text("SELECT id FROM stock_batches WHERE number = 'C'"))
    moves = [Move(tea, shop.warehouse.id, 2, "wet", batch_id=ids.scalar_one())]
    await inventory.regrade(session, moves, to=StockGrade.DAMAGED, cause="wet", actor="lin")
    lin, _ = clerks
    taken = await opened(lin, shop)
    await count(lin, taken, row(tea, 5, "A"), row(tea, 5, "B"))
    assert (await lin.do(taken, "submit")).json()["state"] == "posted"
    assert await lies(session) == {"A": (5, 0, 0), "B": (5, 0, 0), "C": (0, 2, 0)}


async def test_the_last_count_stands_whether_of_all_or_of_batches(session, clerks, shop):
    tea = shop.sku_ids[0]
    lin, wu = clerks
    taken = await opened(lin, shop)
    await count(lin, taken, row(tea, 1, "A"), row(tea, 1, "B"))
    await count(wu, taken, row(tea, 9))
    assert await counted(lin, taken) == ((9, 10, -1), [])
    await sound(session)
    await count(lin, taken, row(tea, 3, "B"))
    assert await counted(lin, taken) == ((3, 5, -2), [("B", 3, 5)])
    await sound(session)
    await count(lin, taken, row(tea, 4, "B"), row(tea, 5, "A"))
    assert await counted(lin, taken) == ((9, 10, -1), [("A", 5, 5), ("B", 4, 5)])
    await sound(session)
    history = await lin.client.get(f"{URL}/{taken['id']}/counts", headers=lin.headers)
    found = [(each["batch"], each["counted"]) for each in history.json()["items"]]
    assert sorted(found[:2]) == [("A", 5), ("B", 4)]
    assert found[2:4] == [("B", 3), (None, 9)]
    assert (await lin.do(taken, "submit")).json()["state"] == "posted"
    assert await lies(session) == {"A": (5, 0, 0), "B": (4, 0, 0)}


async def test_a_batch_nobody_knew_of_is_found(session, clerks, shop):
    tea = shop.sku_ids[0]
    lin, _ = clerks
    taken = await opened(lin, shop)
    rows = [row(tea, 5, "A"), row(tea, 5, "B"), row(tea, 2, "N", expires_on=str(in_days(9)))]
    await count(lin, taken, *rows)
    await lin.do(taken, "submit")
    await sell(session, shop, 3)
    assert await lies(session) == {"A": (4, 0, 0), "B": (5, 0, 0), "N": (0, 0, 0)}
    await sound(session)


async def test_who_counts_batches_blindly_is_not_told_what_is_expected(clerks, shop):
    tea = shop.sku_ids[0]
    lin, _ = clerks
    taken = await opened(lin, shop, is_blind=True)
    await count(lin, taken, row(tea, 5, "A"))
    assert await counted(lin, taken) == ((5, None, None), [("A", 5, None)])


async def test_what_is_counted_oddly_is_refused(session, clerks, shop):
    tea, cup, _ = shop.sku_ids
    lin, _ = clerks
    taken = await opened(lin, shop)
    for rows, status, slug in (
        ([row(tea, 1, "A"), row(tea, 1, "A")], 422, ""),
        ([row(tea, 1, "A"), row(tea, 9)], 422, ""),
        ([row(cup, 1, "A")], 409, "not-tracked"),
        ([row(tea, 1, "A", expires_on=str(in_days(9)))], 409, "batch-differs"),
    ):
        refused = await count(lin, taken, *rows)
        assert (refused.status_code, slug in refused.json()["type"]) == (status, True)
    other = await make_shop(session)
    await inventory.batches.track(session, other.sku_ids[0], shelf_days=0, actor=staff())
    strange = await count(lin, taken, row(other.sku_ids[0], 1, "A"))
    assert strange.json()["sku_ids"] == [str(other.sku_ids[0])]


async def test_what_was_promised_is_a_shortage_of_the_batch(session, clerks, shop):
    tea = shop.sku_ids[0]
    await inventory.receive(session, [Move(tea, shop.warehouse.id, 1)], cause="receipt:2")
    await hold(session, shop, (tea, 11))
    lin, _ = clerks
    taken = await opened(lin, shop)
    await count(lin, taken, row(tea, 4, "A"), row(tea, 5, "B"), row(tea, 1, "?"))
    assert (await lin.do(taken, "submit")).json()["state"] == "posted"
    (missing,) = await inventory.shortages.list_shortages(session, after=None, limit=9)
    assert (missing["quantity"], missing["open"]) == (1, 1)
    assert await lies(session) == {"A": (5, 0, 0), "B": (5, 0, 0), "?": (1, 0, 0)}
    await sound(session)
    # The batch has left with others: what is missing is of what lies there still.
    assert await inventory.commit(session, "order:1")
    there = {(tea, shop.warehouse.id): 8}
    await inventory.ship(session, "order:1", there, cause="shipment:S1")
    await inventory.free(session, "order:1", {(tea, shop.warehouse.id): 3})
    assert await inventory.shortages.write_off(session, missing["id"]) == 0
    assert await lies(session) == {"A": (0, 0, 0), "B": (1, 0, 0), "?": (1, 0, 0)}
