"""Goods between warehouses: in transit, in parts, short, broken and too many."""

from itertools import product
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.enums.inventory import TransferState
from tests.factories.inventory import make_warehouse
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent
from tests.integration.inventory.test_api import ADMIN, keeper, keyed
from tests.integration.inventory.test_reserve import hold

URL = f"{ADMIN}/stock/transfers"
BODIES = {"ship": {}, "close": {"reason": "Fell off the lorry"}}


class Clerk:
    """Somebody who sends and receives goods over HTTP."""

    def __init__(self, client, headers):
        self.client, self.headers = client, headers

    async def request(self, source, target, *pieces):
        body = {
            "from_warehouse_id": str(source),
            "to_warehouse_id": str(target),
            "rows": [{"sku_id": str(sku), "quantity": n} for sku, n in pieces],
        }
        made = await self.client.post(URL, json=body, headers=keyed(self.headers))
        assert made.status_code == 201, made.text
        return made.json()

    async def do(self, moved, action, **body):
        seen = await self.client.get(f"{URL}/{moved['id']}", headers=self.headers)
        headers = self.headers | {"If-Match": seen.headers["etag"]}
        sent = {"json": BODIES[action] | body} if action in BODIES else {}
        return await self.client.post(f"{URL}/{moved['id']}/{action}", headers=headers, **sent)

    async def receive(self, moved, *came):
        rows = [{"sku_id": str(sku), "received": n, "damaged": d} for sku, n, d in came]
        return await self.client.post(
            f"{URL}/{moved['id']}/receive", json={"rows": rows}, headers=keyed(self.headers)
        )

    async def stock(self, sku_id):
        """`(on_hand, damaged, in_transit)` by warehouse."""
        rows = await self.client.get(f"{ADMIN}/stock?sku_id={sku_id}", headers=self.headers)
        return {
            each["warehouse_id"]: (each["on_hand"], each["damaged"], each["in_transit"])
            for each in rows.json()["items"]
        }


@pytest.fixture
async def clerks(client, session):
    return [Clerk(client, await keeper(session)) for _ in range(3)]


@pytest.fixture
async def shop(session):
    return await make_shop(session)


@pytest.fixture
async def far(session, shop):
    return await make_warehouse(session, shop.merchant.id)


async def test_s14_goods_are_in_transit_and_arrive_in_parts(session, shop, far, clerks):
    """S14: goods come in parts, and the document accounts for each piece."""
    tea, here = shop.sku_ids[0], shop.warehouse.id
    lin, wu, _ = clerks
    moved = await lin.request(here, far.id, (tea, 6))
    assert await lin.stock(tea) == {str(here): (10, 0, 0), str(far.id): (0, 0, 0)}
    assert (await lin.do(moved, "ship")).json()["state"] == "in_transit"
    assert await lin.stock(tea) == {str(here): (4, 0, 0), str(far.id): (0, 0, 6)}
    first = await wu.receive(moved, (tea, 3, 1))
    assert first.json()["state"] == "in_transit"
    assert await lin.stock(tea) == {str(here): (4, 0, 0), str(far.id): (3, 1, 2)}
    last = await wu.receive(moved, (tea, 2, 0))
    assert last.json()["state"] == "closed"
    assert await lin.stock(tea) == {str(here): (4, 0, 0), str(far.id): (5, 1, 0)}
    kinds = await session.execute(
        text("SELECT kind, grade, quantity FROM stock_movements WHERE cause = :cause ORDER BY id"),
        {"cause": f"transfer:{moved['number']}"},
    )
    assert kinds.all() == [
        ("transfer_out", "sellable", -6),
        ("transfer_in", "sellable", 3),
        ("transfer_in", "damaged", 1),
        ("transfer_in", "sellable", 2),
    ]
    await assert_consistent(session)


async def test_a_difference_is_written_off_by_a_third_person(shop, far, clerks):
    tea, cup, _ = shop.sku_ids
    here = shop.warehouse.id
    lin, wu, zhao = clerks
    moved = await lin.request(here, far.id, (tea, 6), (cup, 2))
    await lin.do(moved, "ship")
    came = await wu.receive(moved, (tea, 4, 0), (cup, 3, 0))
    assert came.json()["state"] == "in_transit"
    assert await lin.stock(cup) == {str(here): (8, 0, 0), str(far.id): (2, 0, 0)}
    for clerk in (lin, wu):
        refused = await clerk.do(moved, "close")
        assert (refused.status_code, refused.json()["type"]) == (
            403,
            "/problems/second-person-needed",
        )
    unexplained = await zhao.do(moved, "close", reason=None)
    assert unexplained.json()["type"] == "/problems/difference-unexplained"
    assert (unexplained.json()["missing"], unexplained.json()["over"]) == (2, 1)
    closed = (await zhao.do(moved, "close")).json()
    assert [(each["lost"], each["over"]) for each in closed["lines"]] == [
        ({str(tea): 2, str(cup): 0}[each["sku_id"]], {str(tea): 0, str(cup): 1}[each["sku_id"]])
        for each in closed["lines"]
    ]
    assert await lin.stock(tea) == {str(here): (4, 0, 0), str(far.id): (4, 0, 0)}
    assert await lin.stock(cup) == {str(here): (8, 0, 0), str(far.id): (3, 0, 0)}


async def test_what_is_over_and_broken_is_not_sold(session, shop, far, clerks):
    tea, here = shop.sku_ids[0], shop.warehouse.id
    lin, wu, zhao = clerks
    moved = await lin.request(here, far.id, (tea, 5))
    await lin.do(moved, "ship")
    await wu.receive(moved, (tea, 4, 0))
    (line,) = (await wu.receive(moved, (tea, 1, 3))).json()["lines"]
    assert [line[each] for each in ("received", "damaged", "over", "over_damaged")] == [4, 1, 3, 2]
    assert await lin.stock(tea) == {str(here): (5, 0, 0), str(far.id): (4, 1, 0)}
    assert (await zhao.do(moved, "close")).json()["state"] == "closed"
    assert await lin.stock(tea) == {str(here): (5, 0, 0), str(far.id): (5, 3, 0)}
    await assert_consistent(session)


async def test_what_is_promised_does_not_go_elsewhere(session, shop, far, clerks):
    tea, here = shop.sku_ids[0], shop.warehouse.id
    await hold(session, shop, (tea, 7))
    lin, *_ = clerks
    moved = await lin.request(here, far.id, (tea, 6))
    refused = await lin.do(moved, "ship")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/stock-below-reserved")
    rows = [{"sku_id": str(tea), "quantity": 3}]
    fewer = await lin.do(moved, "ship", rows=rows)
    assert fewer.json()["lines"][0]["shipped"] == 3
    assert await lin.stock(tea) == {str(here): (7, 0, 0), str(far.id): (0, 0, 3)}


async def test_strange_goods_are_refused(client, shop, far, clerks):
    tea, cup, _ = shop.sku_ids
    here = shop.warehouse.id
    lin, wu, _ = clerks
    moved = await lin.request(here, far.id, (tea, 6))
    more = await lin.do(moved, "ship", rows=[{"sku_id": str(tea), "quantity": 7}])
    assert more.json()["sku_ids"] == [str(tea)]
    other = await lin.do(moved, "ship", rows=[{"sku_id": str(cup), "quantity": 1}])
    assert other.json()["sku_ids"] == [str(cup)]
    await lin.do(moved, "ship")
    assert (await wu.receive(moved, (cup, 1, 0))).json()["sku_ids"] == [str(cup)]
    assert (await wu.receive(moved, (tea, 0, 0))).status_code == 422
    body = {
        "from_warehouse_id": str(here),
        "to_warehouse_id": str(here),
        "rows": [{"sku_id": str(tea), "quantity": 1}],
    }
    assert (await client.post(URL, json=body, headers=keyed(lin.headers))).status_code == 422
    body["to_warehouse_id"] = str(uuid4())
    unknown = await client.post(URL, json=body, headers=keyed(lin.headers))
    assert unknown.json()["type"] == "/problems/unknown-stock"
    listed = await client.get(
        f"{URL}?state=in_transit&to_warehouse_id={far.id}&from_warehouse_id={here}",
        headers=lin.headers,
    )
    assert [each["number"] for each in listed.json()["items"]] == [moved["number"]]


ALLOWED = {
    "requested": {"ship", "cancel"},
    "in_transit": {"receive", "close"},
    "closed": set(),
    "cancelled": set(),
}


@pytest.mark.parametrize(
    ("state", "action"), list(product(TransferState, ("ship", "receive", "close", "cancel")))
)
async def test_every_state_answers_every_action(shop, far, clerks, state, action):
    tea = shop.sku_ids[0]
    lin, wu, zhao = clerks
    moved = await lin.request(shop.warehouse.id, far.id, (tea, 6))
    if state == "cancelled":
        await lin.do(moved, "cancel")
    elif state != "requested":
        await lin.do(moved, "ship")
    if state == "closed":
        await wu.receive(moved, (tea, 6, 0))
    before = await lin.stock(tea)
    if action == "receive":
        answer = await zhao.receive(moved, (tea, 1, 0))
    else:
        answer = await zhao.do(moved, action)
    if action in ALLOWED[state]:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["type"], answer.json()["state"]) == (
            409,
            "/problems/illegal-stock-transition",
            state,
        )
        assert await lin.stock(tea) == before
