"""Buyers are asked once what they think of what they kept."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.db import build_sessions, unit_of_work
from app.repositories.reports.shipping_invariants import SHIPPING
from app.services import orders
from tests.factories.orders import place
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.sending import LIMITS, line_ids, send

shipping = orders.shipping


async def run(sessions, statement, **values) -> Any:
    async with unit_of_work(sessions) as session:
        return await session.execute(text(statement), values)


async def received(sessions, limits=LIMITS):
    """An order of two SKUs whose buyer has received it, and to be asked by now."""
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await give_balance(session, shop.member.id, 1_000_000)
        lines = [(shop.skus[0].id, 2), (shop.skus[1].id, 1)]
        placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
        await send(session, placed.id)
        ids = await line_ids(session, placed.id)
    await run(sessions, "UPDATE orders SET arrival_due_at = now()")
    assert await shipping.receive_due(sessions, limit=9, limits=limits) == 1
    assert await shipping.invite_due(sessions, limit=9) == 0, "not yet"
    await run(sessions, "UPDATE orders SET review_due_at = now() WHERE review_due_at IS NOT NULL")
    return placed.id, dict(zip(ids, [each.id for each in shop.skus[:2]], strict=True))


async def asked(sessions):
    found = await run(
        sessions, "SELECT payload FROM outbox WHERE name = 'orders.review_invited.v1' ORDER BY seq"
    )
    return list(found.scalars())


async def sound(sessions):
    for rule in SHIPPING:
        broken = (await run(sessions, rule.sql.replace(":", r"\:"))).all()
        assert broken == [], rule.name


async def test_a_buyer_is_asked_once_some_days_after_receipt(sessions):
    order_id, lines = await received(sessions)
    for expected in (1, 0):
        assert await shipping.invite_due(sessions, limit=9) == expected
    (told,) = await asked(sessions)
    assert dict(zip(told["line_ids"], told["sku_ids"], strict=True)) == {
        str(line): str(sku) for line, sku in lines.items()
    }
    assert sorted(told["quantities"]) == [1, 2]
    kinds = "SELECT is_public FROM order_events WHERE kind = 'review_invited' AND order_id = :id"
    assert (await run(sessions, kinds, id=order_id)).all() == [(True,)]
    await sound(sessions)


async def test_while_a_return_is_open_it_waits(sessions):
    await received(sessions)
    await run(sessions, "UPDATE orders SET return_status = 'requested'")
    assert await shipping.invite_due(sessions, limit=9) == 0
    await run(sessions, "UPDATE orders SET return_status = 'none'")
    assert await shipping.invite_due(sessions, limit=9) == 1
    assert len(await asked(sessions)) == 1


@pytest.mark.parametrize("state", ["cancelled", "cancelling"])
async def test_who_has_nothing_of_it_is_not_asked(sessions, state):
    await received(sessions)
    await run(sessions, "UPDATE orders SET state = :state", state=state)
    for expected in (1, 0):
        assert await shipping.invite_due(sessions, limit=9) == expected
    assert await asked(sessions) == []
    assert (await run(sessions, "SELECT review_due_at FROM orders")).scalar_one() is None


@pytest.mark.parametrize(
    "limits", [LIMITS, LIMITS.model_copy(update={"review_after_seconds": None})]
)
async def test_nobody_is_asked_about_samples_nor_where_shops_do_not_ask(sessions, limits):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await give_balance(session, shop.member.id, 1_000_000)
        lines = [(shop.skus[0].id, 2)]
        placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
        await send(session, placed.id)
        if limits.review_after_seconds is not None:
            centre = "INSERT INTO cost_centres (code, name, budget_owner) VALUES ('x', 'X', 'X')"
            await session.execute(text(centre))
            await session.execute(
                text("UPDATE orders SET kind = 'sample', payable_minor = 0, cost_centre = 'x'")
            )
    await run(sessions, "UPDATE orders SET arrival_due_at = now()")
    assert await shipping.receive_due(sessions, limit=9, limits=limits) == 1
    assert (await run(sessions, "SELECT review_due_at FROM orders")).scalar_one() is None


async def test_two_machines_ask_once(fresh_engine):
    sessions = build_sessions(fresh_engine)
    order_id, _ = await received(sessions)
    async with unit_of_work(sessions) as session:
        locked = text("SELECT FROM orders WHERE id = :id FOR UPDATE")
        await session.execute(locked, {"id": order_id})
        asking = [asyncio.create_task(shipping.invite_due(sessions, limit=9)) for _ in range(2)]
        await asyncio.wait(asking, timeout=0.5)
    await asyncio.gather(*asking)
    assert len(await asked(sessions)) == 1


async def test_the_table_knows_when_it_was_due(sessions):
    await received(sessions)
    with pytest.raises(IntegrityError, match="invited_when_due"):
        await run(sessions, "UPDATE orders SET review_due_at = NULL, review_invited_at = now()")
