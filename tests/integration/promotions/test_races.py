"""Shoppers at the same instant, on connections of their own (PR-16, M9, M41)."""

import asyncio
from uuid import UUID

import pytest

from app.core.db import build_sessions, unit_of_work
from app.core.enums.members import MemberKind
from app.core.ids import new_id
from app.models.members import Member
from app.services import promotions
from app.services.promotions import CouponTaken, Exhausted
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.buying import assert_counted, counters, quote_for, reserve, states
from tests.integration.promotions.test_quote import COUPON
from tests.waiting import start_and_wait


async def take(sessions, quoted, order_id: UUID, member_id: UUID) -> bool:
    async with asyncio.timeout(30):
        try:
            async with unit_of_work(sessions) as session:
                await reserve(session, quoted, order_id, member_id)
        except (Exhausted, CouponTaken):
            return False
    return True


async def test_m9_the_last_coupon_is_used_once(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        promotion = await make_promotion(session, shop.merchant.id, **COUPON)
        coupon = await make_coupon(session, promotion.id)
        quoted = await quote_for(session, shop, (shop.sku_ids[0], 1), coupon_codes=(coupon.code,))
    got = await asyncio.gather(
        *(take(sessions, quoted, new_id(), shop.member.id) for _ in range(40))
    )
    assert sum(got) == 1
    async with sessions() as session:
        assert await states(session, promotion.id) == ["reserved", "reserved"]


@pytest.mark.parametrize("limits", [{"total_uses": 7}, {"budget_minor": 7_999}])
async def test_m9_m41_a_quota_is_used_up_exactly(fresh_engine, limits):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        promotion = await make_promotion(session, shop.merchant.id, **limits)
        quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    got = await asyncio.gather(*(take(sessions, quoted, new_id(), new_id()) for _ in range(60)))
    assert sum(got) == 7
    async with sessions() as session:
        assert await states(session, promotion.id) == ["reserved"] * 7
        await assert_counted(session)


async def test_m9_fifty_tabs_of_one_member_get_what_one_member_may(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        promotion = await make_promotion(session, shop.merchant.id, uses_per_member=3)
        quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
        other = Member(id=new_id(), kind=MemberKind.MEMBER, email="other@example.test")
        session.add(other)
    got = await asyncio.gather(
        *(
            take(sessions, quoted, new_id(), member_id)
            for _ in range(25)
            for member_id in (shop.member.id, other.id)
        )
    )
    assert (sum(got[::2]), sum(got[1::2])) == (3, 3)
    async with sessions() as session:
        assert await states(session, promotion.id) == ["reserved"] * 6


async def test_tabs_at_once_do_not_take_each_others_slots(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await make_promotion(session, shop.merchant.id, uses_per_member=8)
        quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    await asyncio.gather(*(take(sessions, quoted, new_id(), new_id()) for _ in range(16)))
    got = await asyncio.gather(
        *(take(sessions, quoted, new_id(), shop.member.id) for _ in range(8))
    )
    assert sum(got) == 8


async def test_a_release_that_waited_for_the_payment_counts_it(fresh_engine):
    """Its statement began before anything was consumed; the CHECK must not stop it."""
    sessions = build_sessions(fresh_engine)
    order_id = new_id()
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        promotion = await make_promotion(session, shop.merchant.id, total_uses=1)
        quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
        await reserve(session, quoted, order_id, shop.member.id)

    async def release():
        async with unit_of_work(sessions) as session:
            await promotions.release_uses(session, order_id, was_paid=True)

    async with unit_of_work(sessions) as session:
        await promotions.consume_uses(session, order_id)
        waiting = await start_and_wait(sessions, release())
    await waiting
    async with sessions() as session:
        assert await counters(session, promotion.id) == (0, 0, 0, 0)
        assert await states(session, promotion.id) == ["released"]


async def test_reserving_consuming_and_releasing_in_any_order_counts_right(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await make_promotion(session, shop.merchant.id, total_uses=15)
        await make_promotion(session, shop.merchant.id, total_uses=9, stage="coupon")
        quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    assert len(quoted.quote.applied) == 2
    orders = [new_id() for _ in range(20)]

    async def step(order_id: UUID, kind: int) -> None:
        async with unit_of_work(sessions) as session:
            if kind == 0:
                await promotions.consume_uses(session, order_id)
            else:
                await promotions.release_uses(session, order_id, was_paid=kind == 1)

    async with asyncio.timeout(60):
        await asyncio.gather(
            *(take(sessions, quoted, order_id, new_id()) for order_id in orders),
            *(step(order_id, i % 3) for i, order_id in enumerate(orders * 3)),
        )
        await asyncio.gather(*(step(order_id, i % 3) for i, order_id in enumerate(orders * 2)))
    async with sessions() as session:
        await assert_counted(session)
