"""The same order sent in twice at the same moment, and cancelled while it is placed."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.schemas.orders.intake import IntakeIn
from app.services import orders
from tests.factories.intake import check_intake, make_marketplace, sold
from tests.factories.orders import LIMITS
from tests.factories.payments import TERMS, staff
from tests.factories.shop import make_shop

ROUNDS = 5


@pytest.fixture
async def sessions(fresh_engine):
    connections = [await fresh_engine.connect() for _ in range(10)]
    for each in connections:
        await each.close()
    return build_sessions(fresh_engine)


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        await make_marketplace(session)
        return await make_shop(session, quantity=100)


def content(shop, number, **more):
    body = IntakeIn.model_validate(
        {"channel": "tmall", "orders": [sold(shop, number, (0, 1, 9_000), **more)]}
    )
    return body.contents()


async def receive(sessions, sent):
    return await orders.intake.receive(
        sessions, "tmall", sent, actor=staff(), limits=LIMITS, terms=TERMS
    )


async def scalar(sessions, statement):
    async with unit_of_work(sessions) as session:
        return await session.scalar(text(statement))


async def test_sent_by_four_at_once_it_is_one_order(sessions, shop):
    for number in range(ROUNDS):
        sent = content(shop, f"T-{number}", buyer="b-1")
        outcomes = await asyncio.gather(*(receive(sessions, sent) for _ in range(4)))
        ids = {taken.intake["order_id"] for (taken,) in outcomes}
        assert len(ids) == 1
        assert None not in ids
    assert await scalar(sessions, "SELECT count(*) FROM orders") == ROUNDS
    assert await scalar(sessions, "SELECT count(*) FROM intake_buyers") == 1
    async with unit_of_work(sessions) as session:
        await check_intake(session)


async def test_orders_of_a_new_buyer_at_once_have_one_buyer(sessions, shop):
    for number in range(ROUNDS):
        sent = [content(shop, f"B-{number}-{each}", buyer=f"b-{number}") for each in range(4)]
        await asyncio.gather(*(receive(sessions, each) for each in sent))
    assert await scalar(sessions, "SELECT count(DISTINCT member_id) FROM orders") == ROUNDS
    kinds = "SELECT count(*) FROM members WHERE kind = 'guest'"
    assert await scalar(sessions, kinds) == ROUNDS


async def test_cancelled_while_it_is_sent_it_is_cancelled_or_stands_whole(sessions, shop):
    for number in range(ROUNDS):
        sent = content(shop, f"C-{number}")
        (taken,) = await receive(sessions, sent)
        assert taken.intake["state"] == "placed"
        cancel = orders.intake.cancel_intake(
            sessions, {}, "tmall", f"C-{number}", reason="no", actor=staff(), terms=TERMS
        )
        await asyncio.gather(cancel, receive(sessions, sent))
    states = "SELECT count(*) FROM orders WHERE state = 'cancelled'"
    assert await scalar(sessions, states) == ROUNDS
    async with unit_of_work(sessions) as session:
        await check_intake(session)


async def test_given_up_while_it_is_mended_nobody_waits_for_it(sessions, shop):
    """Either it is given up before it is an order, or it is an order that is cancelled."""
    for number in range(2 * ROUNDS):
        name = f"D-{number}"
        too_many = content(shop, name)
        too_many[0]["lines"][0]["quantity"] = 101
        (taken,) = await receive(sessions, too_many)
        assert taken.intake["state"] == "failed"
        cancel = orders.intake.cancel_intake(
            sessions, {}, "tmall", name, reason="no", actor=staff(), terms=TERMS
        )
        place = orders.intake.place_intake(
            sessions, taken.intake["id"], actor=None, limits=LIMITS, terms=TERMS
        )
        async with unit_of_work(sessions) as session:
            await session.execute(text("UPDATE stock SET on_hand = 200"))
        await asyncio.gather(cancel, place)
        async with unit_of_work(sessions) as session:
            await session.execute(text("UPDATE stock SET on_hand = 100"))
    assert await scalar(sessions, "SELECT count(*) FROM orders WHERE state = 'open'") == 0
    async with unit_of_work(sessions) as session:
        await check_intake(session)
