"""Counting a warehouse while it sells."""

from itertools import product
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.enums.inventory import StocktakeState
from app.core.enums.scopes import Scope
from app.repositories.reports.stock_invariants import STOCK_DOCUMENTS
from app.services import inventory
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, levels
from tests.integration.inventory.test_api import ADMIN, keeper, keyed
from tests.integration.inventory.test_reserve import hold

URL = f"{ADMIN}/stock/stocktakes"


class Clerk:
    """Somebody who works on stocktakes over HTTP."""

    def __init__(self, client, headers):
        self.client, self.headers = client, headers

    async def open(self, shop, **body):
        body = {"warehouse_id": str(shop.warehouse.id)} | body
        made = await self.client.post(URL, json=body, headers=keyed(self.headers))
        assert made.status_code == 201
        return made.json()

    async def count(self, taken, *counted):
        rows = [{"sku_id": str(sku), "counted": n} for sku, n in counted]
        url = f"{URL}/{taken['id']}/counts"
        return await self.client.put(url, json={"rows": rows}, headers=self.headers)

    async def do(self, taken, action, **body):
        version = (await self.client.get(f"{URL}/{taken['id']}", headers=self.headers)).json()
        headers = self.headers | {"If-Match": f'"{version["version"]}"'}
        url = f"{URL}/{taken['id']}/{action}"
        sent = {"json": body} if action in {"submit", "reject"} else {}
        return await self.client.post(url, headers=headers, **sent)

    async def lines(self, taken):
        answer = await self.client.get(f"{URL}/{taken['id']}/lines", headers=self.headers)
        return [(r["counted"], r["expected"], r["difference"]) for r in answer.json()["items"]]

    async def shortages(self, **wanted):
        url = f"{ADMIN}/stock-shortages"
        return (await self.client.get(url, headers=self.headers, params=wanted)).json()["items"]


@pytest.fixture
async def clerks(client, session):
    return [Clerk(client, await keeper(session)) for _ in range(2)]


async def leave(session, shop, sku_id, quantity, owner):
    """Pieces are sold and leave."""
    await hold(session, shop, (sku_id, quantity), owner=owner)
    await inventory.commit(session, owner)
    pieces = {(sku_id, shop.warehouse.id): quantity}
    await inventory.ship(session, owner, pieces, cause=f"shipment:{owner}")


async def test_s10_sales_between_count_and_approval_stay_counted(session, clerks):
    """S10: what is sold meanwhile is not counted away."""
    shop = await make_shop(session, quantity=500)
    tea = shop.sku_ids[0]
    lin, wu = clerks
    taken = await lin.open(shop, sku_ids=[str(tea)])
    await leave(session, shop, tea, 2, "order:before")
    counted = await lin.count(taken, (tea, 348))
    assert counted.json()["too_few"] == 150
    await leave(session, shop, tea, 5, "order:after")
    waiting = await lin.do(taken, "submit")
    assert waiting.json()["state"] == "submitted"
    assert await levels(session, tea) == (493, 0)
    alone = await lin.do(taken, "approve")
    assert (alone.status_code, alone.json()["type"]) == (403, "/problems/second-person-needed")
    done = await wu.do(taken, "approve")
    assert done.json()["state"] == "posted"
    assert await levels(session, tea) == (343, 0)
    moved = await session.execute(
        text("SELECT quantity, cause, on_hand_after FROM stock_movements WHERE kind = 'stocktake'")
    )
    assert moved.all() == [(-150, f"stocktake:{taken['number']}", 343)]


async def test_who_counted_cannot_approve_what_another_submitted(session, clerks):
    shop = await make_shop(session, quantity=500)
    lin, wu = clerks
    taken = await lin.open(shop, sku_ids=[str(shop.sku_ids[0])])
    await wu.count(taken, (shop.sku_ids[0], 100))
    await lin.do(taken, "submit")
    assert (await wu.do(taken, "approve")).status_code == 403


async def test_small_differences_are_on_stock_at_once_and_all_of_it_is_counted(session, clerks):
    shop = await make_shop(session)
    tea, cup, pot = shop.sku_ids
    lin, _ = clerks
    taken = await lin.open(shop)
    assert (taken["is_all"], taken["lines"], taken["counted"]) == (True, 3, 0)
    await lin.count(taken, (tea, 9), (cup, 11))
    short = await lin.do(taken, "submit")
    assert (short.status_code, short.json()["uncounted"]) == (409, 1)
    posted = await lin.do(taken, "submit", leaves_uncounted=True)
    assert posted.json()["state"] == "posted"
    assert [await levels(session, sku) for sku in (tea, cup, pot)] == [(9, 0), (11, 0), (10, 0)]
    await assert_consistent(session)


async def test_the_last_count_stands_and_the_first_stays_on_record(client, session, clerks):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    lin, wu = clerks
    taken = await lin.open(shop, sku_ids=[str(tea)])
    await lin.count(taken, (tea, 4))
    await wu.count(taken, (tea, 10))
    assert await lin.lines(taken) == [(10, 10, 0)]
    kept = await client.get(f"{URL}/{taken['id']}/counts?limit=1", headers=lin.headers)
    rest = await client.get(
        f"{URL}/{taken['id']}/counts?after={kept.json()['next_after']}", headers=lin.headers
    )
    both = kept.json()["items"] + rest.json()["items"]
    assert [each["counted"] for each in both] == [10, 4]
    assert (await lin.do(taken, "submit")).json()["state"] == "posted"
    assert await levels(session, tea) == (10, 0)


async def test_who_counts_blindly_is_not_told_what_is_expected(client, session, clerks):
    """J156: blind counts, whose differences others approve."""
    shop = await make_shop(session, quantity=500)
    tea = shop.sku_ids[0]
    lin, wu = clerks
    taken = await lin.open(shop, sku_ids=[str(tea)], is_blind=True)
    counted = (await lin.count(taken, (tea, 300))).json()
    assert (counted["differing"], counted["too_many"], counted["too_few"]) == (None, None, None)
    assert await lin.lines(taken) == [(300, None, None)]
    history = await client.get(f"{URL}/{taken['id']}/counts", headers=lin.headers)
    assert history.json()["items"][0]["expected"] is None
    await lin.do(taken, "submit")
    assert await lin.lines(taken) == [(300, 500, -200)]
    again = await wu.do(taken, "reject", reason="Count the back room too")
    assert (again.json()["state"], again.json()["refusal"]) == (
        "counting",
        "Count the back room too",
    )
    assert await lin.lines(taken) == [(300, None, None)]


async def test_of_a_count_below_what_is_promised_the_free_pieces_go_and_the_rest_is_missing(
    session, clerks
):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await hold(session, shop, (tea, 7))
    lin, _ = clerks
    taken = await lin.open(shop, sku_ids=[str(tea)])
    await lin.count(taken, (tea, 5))
    posted = await lin.do(taken, "submit")
    assert (posted.status_code, posted.json()["state"]) == (200, "posted")
    found = text("SELECT on_hand, reserved FROM stock WHERE sku_id = :id")
    assert (await session.execute(found, {"id": tea})).one() == (7, 7)
    (missing,) = await lin.shortages(is_open="true")
    assert (missing["quantity"], missing["open"], missing["written_off"]) == (2, 2, 0)
    assert missing["cause"] == f"stocktake:{posted.json()['number']}"
    assert await lin.shortages(is_open="false") == []
    assert await lin.shortages(warehouse_id=str(uuid4())) == []
    rule = STOCK_DOCUMENTS[0].sql.replace(":", r"\:")
    assert (await session.execute(text(rule))).all() == []


async def test_what_is_not_to_be_counted_is_refused(session, clerks):
    shop = await make_shop(session)
    lin, _ = clerks
    taken = await lin.open(shop, sku_ids=[str(shop.sku_ids[0])])
    strange = await lin.count(taken, (shop.sku_ids[1], 5))
    assert strange.json()["sku_ids"] == [str(shop.sku_ids[1])]
    every = await lin.open(shop)
    assert (await lin.count(every, (uuid4(), 5))).status_code == 422
    twice = await lin.count(taken, (shop.sku_ids[0], 5), (shop.sku_ids[0], 6))
    assert twice.status_code == 422
    bad = await lin.client.post(
        URL, json={"warehouse_id": str(uuid4())}, headers=keyed(lin.headers)
    )
    assert (bad.status_code, bad.json()["type"]) == (422, "/problems/unknown-stock")


ACTIONS = ("count", "submit", "approve", "reject", "cancel")
ALLOWED = {
    "counting": {"count", "submit", "cancel"},
    "submitted": {"approve", "reject", "cancel"},
    "posted": set(),
    "cancelled": set(),
}


@pytest.mark.parametrize(("state", "action"), list(product(StocktakeState, ACTIONS)))
async def test_every_state_answers_every_action(session, clerks, state, action):
    shop = await make_shop(session, quantity=500)
    tea = shop.sku_ids[0]
    lin, wu = clerks
    taken = await lin.open(shop, sku_ids=[str(tea)])
    await lin.count(taken, (tea, 100))
    if state != "counting":
        await lin.do(taken, "cancel" if state == "cancelled" else "submit")
    if state == "posted":
        await wu.do(taken, "approve")
    before = await levels(session, tea)
    if action == "count":
        answer = await wu.count(taken, (tea, 500))
    else:
        answer = await wu.do(taken, action, **({"reason": "No"} if action == "reject" else {}))
    if action in ALLOWED[state]:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["type"], answer.json()["state"]) == (
            409,
            "/problems/illegal-stock-transition",
            state,
        )
        assert await levels(session, tea) == before


async def test_readers_do_not_count(client, session):
    shop = await make_shop(session)
    reader = await keeper(session, Scope.INVENTORY_READ)
    body = {"warehouse_id": str(shop.warehouse.id)}
    assert (await client.post(URL, json=body, headers=keyed(reader))).status_code == 403
    listed = await client.get(f"{URL}?state=counting", headers=reader)
    assert listed.json() == {"items": [], "next_after": None}
    assert (await client.get(f"{URL}/{uuid4()}", headers=reader)).status_code == 404
