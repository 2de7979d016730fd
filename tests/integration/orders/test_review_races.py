"""Clerks, buyers and rules at the same moment, on real connections."""

import asyncio
from collections.abc import Awaitable

import pytest

from app.core.db import build_sessions, unit_of_work
from app.services import orders
from tests.factories.orders import axes, place, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance, staff
from tests.factories.shop import make_shop
from tests.integration.orders.reviewing import (
    SECONDS,
    approve,
    check_books,
    claimed,
    make_rule,
    opened,
    reject,
    review_of,
)
from tests.integration.orders.sending import on_stock, send

ROUNDS = 4
CLAIMED = orders.review.OrderReviewClaimed.slug
ILLEGAL = orders.review.IllegalOrderReviewTransition.slug


@pytest.fixture
async def sessions(fresh_engine):
    connections = [await fresh_engine.connect() for _ in range(8)]
    for each in connections:
        await each.close()
    return build_sessions(fresh_engine)


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await give_balance(session, shop.member.id, 10_000_000)
        await make_rule(session)
    return shop


async def buy(sessions, shop):
    async with unit_of_work(sessions) as session:
        lines = [(shop.skus[0].id, 1)]
        return (await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])).id


async def together(*tasks: Awaitable[object]) -> list[str]:
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for each in outcomes:
        if isinstance(each, BaseException) and not hasattr(each, "slug"):
            raise each
    return [str(getattr(each, "slug", "done")) for each in outcomes]


async def claim(sessions, review, clerk):
    async with unit_of_work(sessions) as session:
        await orders.review.claim(session, review["id"], actor=clerk, seconds=SECONDS)


async def decide(sessions, verb, review, clerk):
    async with unit_of_work(sessions) as session:
        await verb(session, review, clerk)


async def test_one_of_two_clerks_claims_it(sessions, shop):
    async with unit_of_work(sessions) as session:
        review = await opened(session, await buy(sessions, shop))
    for _ in range(ROUNDS):
        clerks = [staff() for _ in range(4)]
        outcomes = await together(*(claim(sessions, review, each) for each in clerks))
        assert sorted(outcomes) == sorted(["done", *[CLAIMED] * 3])
        winner = clerks[outcomes.index("done")]
        async with unit_of_work(sessions) as session:
            review = await orders.review.release(session, review["id"], actor=winner)


async def test_two_second_persons_decide_once(sessions, shop):
    before = await levels(sessions, shop)
    for round_ in range(ROUNDS):
        order_id, first = await buy(sessions, shop), staff()
        async with unit_of_work(sessions) as session:
            row = await claimed(session, order_id, first)
            row = await approve(session, row, first, two_people_minor=1)
        verbs = (approve, reject) if round_ % 2 else (reject, approve)
        outcomes = await together(*(decide(sessions, each, row, staff()) for each in verbs))
        assert sorted(outcomes) == sorted(["done", ILLEGAL])
        async with unit_of_work(sessions) as session:
            state, payment, _ = await axes(session, order_id)
            seen = (await review_of(session, order_id))["state"]
            await check_books(session)
        assert (state, payment, seen) in {
            ("open", "paid", "approved"),
            ("cancelled", "refunded", "rejected"),
        }
    assert (await levels(sessions, shop))[0] == before[0]


async def test_a_buyer_cancels_while_a_clerk_approves(sessions, shop):
    for round_ in range(ROUNDS):
        order_id, clerk = await buy(sessions, shop), staff()
        async with unit_of_work(sessions) as session:
            row = await claimed(session, order_id, clerk)

        async def cancel(order_id=order_id):
            async with unit_of_work(sessions) as session:
                actor = shopper(shop.member.id)
                await orders.begin_cancel(session, order_id, actor=actor, reason="no")

        tasks = [cancel(), decide(sessions, approve, row, clerk)]
        outcomes = await together(*(reversed(tasks) if round_ % 2 else tasks))
        assert set(outcomes) <= {"done", ILLEGAL}
        async with unit_of_work(sessions) as session:
            assert await axes(session, order_id) == ("cancelled", "refunded", "cancelled")
            await check_books(session)


async def test_nothing_leaves_between_payment_and_review(sessions, shop):
    """Whoever ships at the moment the rules are asked finds it held, or passed."""
    for _ in range(ROUNDS):
        order_id = await buy(sessions, shop)

        async def ship(order_id=order_id):
            async with unit_of_work(sessions) as session:
                await send(session, order_id)

        tasks = [ship(), orders.review.judge_due(sessions, limit=9), ship()]
        outcomes = await together(*tasks)
        assert outcomes == [orders.shipping.OrderHeld.slug, "done", orders.shipping.OrderHeld.slug]
        async with unit_of_work(sessions) as session:
            assert (await review_of(session, order_id))["state"] == "open"
            await check_books(session)


async def test_an_order_is_judged_once(sessions, shop):
    order_id = await buy(sessions, shop)
    await together(*(orders.review.judge_due(sessions, limit=9) for _ in range(4)))
    async with unit_of_work(sessions) as session:
        review = await review_of(session, order_id)
    assert [each["kind"] for each in review["events"]] == ["opened"]


async def levels(sessions, shop):
    async with unit_of_work(sessions) as session:
        return await on_stock(session, shop.skus[0].id)
