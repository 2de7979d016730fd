"""Correcting stock by hand."""

from itertools import product
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.enums.inventory import AdjustmentState
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, levels
from tests.integration.inventory.test_api import ADMIN, keeper, keyed

URL = f"{ADMIN}/stock/adjustments"


def body_of(shop, quantity, **row):
    rows = [{"sku_id": str(shop.sku_ids[0]), "quantity": quantity, **row}]
    return {
        "warehouse_id": str(shop.warehouse.id),
        "reason": "loss",
        "document": "A7",
        "rows": rows,
    }


async def ask(client, headers, body):
    return await client.post(URL, json=body, headers=keyed(headers))


async def do(client, headers, made, action):
    seen = await client.get(f"{URL}/{made['id']}", headers=headers)
    sent = {"json": {"reason": "Look again"}} if action == "reject" else {}
    return await client.post(
        f"{URL}/{made['id']}/{action}", headers=headers | {"If-Match": seen.headers["etag"]}, **sent
    )


async def test_small_corrections_are_on_stock_at_once(client, session):
    shop = await make_shop(session)
    lin = await keeper(session)
    made = (await ask(client, lin, body_of(shop, -3, note="Not found"))).json()
    assert (made["state"], made["reason"], made["lines"][0]["note"]) == (
        "posted",
        "loss",
        "Not found",
    )
    assert await levels(session, shop.sku_ids[0]) == (7, 0)
    cause = await session.scalar(
        text("SELECT cause FROM stock_movements WHERE kind = 'adjustment'")
    )
    assert cause == f"adjustment:{made['number']}"
    await ask(client, lin, body_of(shop, 2, grade="damaged"))
    listed = (await client.get(f"{ADMIN}/stock?sku_id={shop.sku_ids[0]}", headers=lin)).json()
    assert [(r["on_hand"], r["damaged"]) for r in listed["items"]] == [(7, 2)]
    await assert_consistent(session)


async def test_large_ones_wait_for_somebody_else(client, session):
    shop = await make_shop(session)
    lin, wu = [await keeper(session) for _ in range(2)]
    made = (await ask(client, lin, body_of(shop, 101))).json()
    assert made["state"] == "waiting"
    assert await levels(session, shop.sku_ids[0]) == (10, 0)
    alone = await do(client, lin, made, "approve")
    assert (alone.status_code, alone.json()["type"]) == (403, "/problems/second-person-needed")
    assert (await do(client, wu, made, "approve")).json()["state"] == "posted"
    assert await levels(session, shop.sku_ids[0]) == (111, 0)
    page = (await client.get(f"{URL}?state=posted", headers=lin)).json()
    assert [each["number"] for each in page["items"]] == [made["number"]]


async def test_dear_pieces_wait_for_somebody_else(client, session):
    shop = await make_shop(session)
    await session.execute(text("UPDATE skus SET cost_minor = 60000, cost_currency = 'CNY'"))
    made = await ask(client, await keeper(session), body_of(shop, -2))
    assert made.json()["state"] == "waiting"


async def test_an_approval_below_nothing_changes_nothing(client, session):
    shop = await make_shop(session)
    lin, wu = [await keeper(session) for _ in range(2)]
    made = (await ask(client, lin, body_of(shop, -101))).json()
    refused = await do(client, wu, made, "approve")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/stock-below-reserved")
    again = (await client.get(f"{URL}/{made['id']}", headers=lin)).json()
    assert again["state"] == "waiting"


async def test_bad_corrections_are_refused(client, session):
    shop = await make_shop(session)
    lin = await keeper(session)
    assert (await ask(client, lin, body_of(shop, 0))).status_code == 422
    assert (await ask(client, lin, body_of(shop, 1) | {"reason": "mood"})).status_code == 422
    unknown = body_of(shop, 1) | {"warehouse_id": str(uuid4())}
    assert (await ask(client, lin, unknown)).json()["type"] == "/problems/unknown-stock"


@pytest.mark.parametrize(
    ("state", "action"), list(product(AdjustmentState, ("approve", "reject", "cancel")))
)
async def test_every_state_answers_every_action(client, session, state, action):
    shop = await make_shop(session)
    lin, wu = [await keeper(session) for _ in range(2)]
    made = (await ask(client, lin, body_of(shop, 101))).json()
    leading = {"posted": "approve", "rejected": "reject", "cancelled": "cancel"}
    if state in leading:
        await do(client, wu, made, leading[state])
    answer = await do(client, wu, made, action)
    if state == "waiting":
        reached = {to for to, by in leading.items() if by == action}
        assert {answer.json()["state"]} == reached
    else:
        assert (answer.status_code, answer.json()["type"], answer.json()["state"]) == (
            409,
            "/problems/illegal-stock-transition",
            state,
        )
