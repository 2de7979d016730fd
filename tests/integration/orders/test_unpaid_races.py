"""Pieces taken off orders that are not paid, at the same moment as payments and each other."""

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.payments import Scene
from app.services import orders, payments
from tests.factories.counters import OrderCounter
from tests.factories.orders import order_row, shopper
from tests.factories.payments import GATEWAY, TERMS
from tests.factories.shop import make_shop
from tests.integration.orders.charging import require_sound
from tests.integration.orders.lessening import take_pieces_off
from tests.integration.orders.sending import LIMITS, line_ids
from tests.integration.orders.test_shipping_races import ROUNDS, levels, together


@pytest.fixture
async def sessions(fresh_engine):
    return build_sessions(fresh_engine)


@pytest.fixture
def counter(sessions):
    return OrderCounter(sessions)


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        return await make_shop(session, quantity=20)


async def buy(counter, shop):
    """Three pieces that a gateway is to be paid for; the order, its line and version."""
    placed = await counter.place(shop.member.id, [(shop.skus[0].id, 3)], tenders=[GATEWAY])
    async with unit_of_work(counter.sessions) as session:
        (line,) = await line_ids(session, placed.id)
        version = (await order_row(session, placed.id))["version"]
    return placed, line, version


async def take_off(counter, shop, bought, quantity=1):
    placed, line, version = bought
    order_id, actor = placed.id, shopper(shop.member.id)
    await take_pieces_off(
        counter.sessions,
        counter.gateways,
        order_id,
        ((line, quantity),),
        version=version,
        actor=actor,
        limits=LIMITS,
        terms=TERMS,
    )


async def standing(sessions, order_id):
    async with unit_of_work(sessions) as session:
        row = await order_row(session, order_id)
        return row["payment_status"], row["payable_minor"]


async def money(sessions, order_id):
    """What gateways took of an order: captured, and kept apart to go back."""
    async with unit_of_work(sessions) as session:
        found = await session.execute(
            text(
                "SELECT coalesce(sum(r.amount_minor) FILTER (WHERE outcome = 'captured'), 0),"
                " coalesce(sum(r.amount_minor) FILTER (WHERE outcome = 'suspense'), 0)"
                " FROM payment_receipts r JOIN payment_plans p ON p.id = r.plan_id"
                " WHERE p.order_id = :id"
            ),
            {"id": order_id},
        )
        return tuple(map(int, found.one()))


def turned(tasks, round_):
    return tasks[::-1] if round_ % 2 else tasks


async def test_taking_off_against_paying(sessions, counter, shop):
    """Who pays first pays for all of it; money that comes after is somebody's again."""
    for round_ in range(ROUNDS):
        bought = await buy(counter, shop)
        tasks = [take_off(counter, shop, bought), counter.pay(bought[0])]
        seen = turned(await together(*turned(tasks, round_)), round_)
        status, payable = await standing(sessions, bought[0].id)
        if seen[0] == "done":
            assert (status, payable) == ("awaiting", 20_000)
            assert await money(sessions, bought[0].id) == (0, 30_000)
        else:
            assert seen[0] == "stale-version"
            assert (status, payable) == ("paid", 30_000)
            assert await money(sessions, bought[0].id) == (30_000, 0)
        await counter.cancel(bought[0], shopper(shop.member.id))
    assert await levels(sessions, shop) == (20, 0)
    async with unit_of_work(sessions) as session:
        await require_sound(session)


async def test_of_two_who_take_pieces_off_one_does(sessions, counter, shop):
    bought = await buy(counter, shop)
    seen = await together(*(take_off(counter, shop, bought) for _ in range(4)))
    assert sorted(seen) == ["done", *["stale-version"] * 3]
    assert await standing(sessions, bought[0].id) == ("awaiting", 20_000)
    assert await levels(sessions, shop) == (20, 2)


async def test_taking_off_against_cancelling(sessions, counter, shop):
    for round_ in range(ROUNDS):
        bought = await buy(counter, shop)
        tasks = [
            take_off(counter, shop, bought),
            counter.cancel(bought[0], shopper(shop.member.id)),
        ]
        seen = turned(await together(*turned(tasks, round_)), round_)
        assert seen[0] in {"done", "stale-version", "illegal-order-transition"}
        assert seen[1] == "done"
        assert (await standing(sessions, bought[0].id))[0] == "closed"
        assert await levels(sessions, shop) == (20, 0)
    async with unit_of_work(sessions) as session:
        await require_sound(session)


async def test_taking_off_against_another_try_to_pay(sessions, counter, shop):
    """A try that began meanwhile asks for what it is now, or nothing is taken off."""
    for round_ in range(ROUNDS):
        bought = await buy(counter, shop)
        again = try_again(counter, bought[0])
        seen = turned(
            await together(*turned([take_off(counter, shop, bought), again], round_)), round_
        )
        assert seen[0] in {"done", "payment-under-way"}
        status, payable = await standing(sessions, bought[0].id)
        assert (status, payable) == ("awaiting", 20_000 if seen[0] == "done" else 30_000)
        async with unit_of_work(sessions) as session:
            await require_sound(session)
        await counter.cancel(bought[0], shopper(shop.member.id))


async def try_again(counter, placed):
    return await payments.new_attempt(
        counter.sessions,
        counter.gateways,
        orders.PAYMENT_OWNER,
        placed.id,
        "alipay",
        payments.PayWith(scene=Scene.WAP),
        terms=TERMS,
    )
