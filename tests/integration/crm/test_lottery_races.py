"""Members and tabs that draw at the same moment, on connections of their own."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.errors import DomainError
from app.main import Resources
from app.services import catalog, crm, payments
from tests.app import application, http_client
from tests.factories import members as shoppers
from tests.factories.lotteries import check_lotteries, coupon, make_lottery, points
from tests.factories.payments import give_points
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.batching import batch_of
from tests.integration.promotions.test_quote import COUPON


@pytest.fixture
async def sessions(fresh_engine):
    for connection in [await fresh_engine.connect() for _ in range(8)]:
        await connection.close()
    return build_sessions(fresh_engine)


async def draw(sessions, shop, lottery, member_id):
    """The draw, or the refusal."""
    async with asyncio.timeout(30):
        try:
            async with unit_of_work(sessions) as session:
                channel = await catalog.channel(session, shop.channel.id)
                return await crm.draw(session, channel, lottery.id, member_id=member_id)
        except DomainError as refusal:
            return type(refusal).__name__


async def members_of(session, shop, count):
    return [shop.member.id, *[(await shoppers.make_member(session)).id for _ in range(count - 1)]]


async def test_the_last_prize_is_won_once(sessions):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        lottery = await make_lottery(session, shop.channel.id, points(5, stock=3))
        members = await members_of(session, shop, 12)
    found = await asyncio.gather(*(draw(sessions, shop, lottery, each) for each in members))
    assert sorted(each.is_fallback for each in found) == [False] * 3 + [True] * 9
    async with unit_of_work(sessions) as session:
        assert await session.scalar(text("SELECT sum(quantity) FROM points_lots")) == 15
        await check_lotteries(session)


async def test_the_last_coupon_is_won_once(sessions):
    """A prize whose batch had no coupon left goes back to the stock it came from."""
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        promotion = await make_promotion(session, shop.merchant.id, **COUPON)
        batch = await batch_of(session, promotion, "prize", total=2)
        lottery = await make_lottery(session, shop.channel.id, coupon(batch.id, stock=9))
        members = await members_of(session, shop, 8)
    found = await asyncio.gather(*(draw(sessions, shop, lottery, each) for each in members))
    assert sorted(each.is_fallback for each in found) == [False] * 2 + [True] * 6
    async with unit_of_work(sessions) as session:
        assert await session.scalar(text("SELECT sum(won) FROM lottery_prizes")) == 2
        await check_lotteries(session)


@pytest.mark.parametrize("limits", [{"draws_per_day": 3}, {"draws_per_member": 3}])
async def test_tabs_of_one_member_draw_as_often_as_one_may(sessions, limits):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        lottery = await make_lottery(session, shop.channel.id, points(5), **limits)
    found = await asyncio.gather(
        *(draw(sessions, shop, lottery, shop.member.id) for _ in range(10))
    )
    assert found.count("DrawsUsedUp") == 7
    async with unit_of_work(sessions) as session:
        assert await session.scalar(text("SELECT count(*) FROM lottery_draws")) == 3
        await check_lotteries(session)


async def test_points_are_spent_once(sessions):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        lotteries = [await make_lottery(session, shop.channel.id, points_cost=10) for _ in range(2)]
        await give_points(session, shop.member.id, 35)
    found = await asyncio.gather(
        *(draw(sessions, shop, each, shop.member.id) for each in lotteries * 4)
    )
    assert found.count("PointsMissing") == 5
    async with unit_of_work(sessions) as session:
        assert await session.scalar(text("SELECT sum(remaining) FROM points_lots")) == 5
        await check_lotteries(session)


async def test_lots_are_spent_once_whoever_asks(sessions):
    """What else spends points does not hold the member's row: the lots are locked themselves."""
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await give_points(session, shop.member.id, 35)

    async def spend(number):
        command = payments.SpendPoints(
            member_id=shop.member.id, quantity=10, source=f"test:{number}", currency="CNY"
        )
        try:
            async with unit_of_work(sessions) as session:
                await payments.spend_points(session, command)
        except DomainError as refusal:
            return type(refusal).__name__

    found = await asyncio.gather(*(spend(each) for each in range(8)))
    assert (found.count(None), found.count("PointsMissing")) == (3, 5)
    async with unit_of_work(sessions) as session:
        await check_lotteries(session)


async def test_one_key_sent_at_once_draws_once(sessions, settings, messages):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        lottery = await make_lottery(session, shop.channel.id, points(5))
        headers = await shoppers.bearer(session, shop.member) | {"idempotency-key": "once"}
    resources = Resources(
        settings=settings, sessions=sessions, readers=sessions, messages=messages, gateways={}
    )
    url = f"/api/v1/lotteries/{lottery.id}/draws"
    async with http_client(application(resources)) as client:
        found = await asyncio.gather(*(client.post(url, headers=headers) for _ in range(6)))
    assert {each.status_code for each in found} <= {201, 409}
    assert len({each.json()["id"] for each in found if each.status_code == 201}) == 1
    async with unit_of_work(sessions) as session:
        assert await session.scalar(text("SELECT count(*) FROM lottery_draws")) == 1
        await check_lotteries(session)
