"""A difference that is paid while its exchange is given up, or its time runs out."""

import pytest

from app.core.db import build_sessions, unit_of_work
from app.services import orders
from tests.factories.orders import place, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.charging import follow, require_sound
from tests.integration.orders.dearer import DEARER, again, charges, pay
from tests.integration.orders.returning import after_sales, approve, inspect, receive
from tests.integration.orders.sending import CLERK, line_ids, send
from tests.integration.orders.test_shipping_races import ROUNDS, together


@pytest.fixture
async def sessions(fresh_engine):
    return build_sessions(fresh_engine)


@pytest.mark.parametrize("ends_by", ["cancel", "reject", "expire"])
async def test_paying_against_the_end_of_it(sessions, ends_by):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=90)
        await give_balance(session, shop.member.id, 10_000_000)
    for round_ in range(ROUNDS):
        sold, row = await approved(sessions, shop)
        tasks = [paying(sessions, sold), ending(sessions, row, ends_by)]
        await together(*(tasks[::-1] if round_ % 2 else tasks))
        await follow(sessions)
        async with unit_of_work(sessions) as session:
            (found,) = await charges(session, row["order_id"])
            now = await after_sales.get_return(session, row["id"], actor=CLERK)
            kept = 0 if ends_by == "expire" else DEARER
            assert found in {("paid", DEARER, kept), ("closed", DEARER, 0)}
            ended = {"cancel": "cancelled", "reject": "rejected", "expire": "received"}
            assert now["state"] == ended[ends_by]
    async with unit_of_work(sessions) as session:
        await require_sound(session)


async def approved(sessions, shop):
    async with unit_of_work(sessions) as session:
        lines = [(shop.skus[0].id, 1)]
        placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
        await send(session, placed.id)
        (line,) = await line_ids(session, placed.id)
        sold = (shop, shopper(shop.member.id), placed.id, line)
        return sold, await approve(session, await again(session, sold, 1))


async def paying(sessions, sold):
    async with unit_of_work(sessions) as session:
        await pay(session, sold)


async def ending(sessions, row, ends_by):
    async with unit_of_work(sessions) as session:
        if ends_by == "cancel":
            await after_sales.cancel(session, row["id"], actor=shopper(row["member_id"]))
            return
        row = await receive(session, row)
        if ends_by == "reject":
            await inspect(session, row, (0, 0, 0))
            return
    await expire(sessions, row)


async def expire(sessions, row):
    async with unit_of_work(sessions) as session:
        found = await orders.charges.all_charges(session, row["order_id"])
    await orders.charges.close_charge(sessions, {}, found[0]["id"], actor=None)
