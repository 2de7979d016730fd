"""Members at the same instant, on connections of their own: stock, limits, codes (PR-16)."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.errors import DomainError
from app.services import promotions
from tests.factories.members import actor_of as member_of
from tests.factories.members import make_member
from tests.factories.staff import actor_of, make_staff
from tests.integration.promotions.batching import PEPPER, failing, held, make_batch
from tests.integration.promotions.test_batches import codes_of


async def claim(sessions, batch, member):
    """The coupon of the centre, or the refusal."""
    async with asyncio.timeout(30):
        try:
            async with unit_of_work(sessions) as session:
                return await promotions.claim_offer(session, batch.id, actor=member_of(member))
        except DomainError as refusal:
            return type(refusal).__name__


async def redeem(sessions, code, member):
    async with asyncio.timeout(30):
        try:
            async with unit_of_work(sessions) as session:
                return await promotions.claim_coupon(
                    session, code, actor=member_of(member), pepper=PEPPER
                )
        except DomainError as refusal:
            return type(refusal).__name__


async def opened(sessions, kind="claim", members=20, **terms):
    async with unit_of_work(sessions) as session:
        _, _, batch = await make_batch(session, kind, **terms)
        return batch, [await make_member(session) for _ in range(members)]


async def test_the_stock_of_the_centre_is_given_out_exactly(fresh_engine):
    sessions = build_sessions(fresh_engine)
    batch, members = await opened(sessions, members=30, total=7)
    got = await asyncio.gather(*(claim(sessions, batch, each) for each in members))
    assert got.count("CouponsGone") == 23
    async with sessions() as session:
        assert len(await held(session, batch.id)) == 7
    assert await failing(sessions) == []


@pytest.mark.parametrize("total", [None, 100])
async def test_tabs_of_one_member_get_what_one_member_may(fresh_engine, total):
    sessions = build_sessions(fresh_engine)
    batch, members = await opened(sessions, members=2, per_member=3, total=total)
    got = await asyncio.gather(*(claim(sessions, batch, each) for each in members * 12))
    assert got.count("CouponLimitReached") == 18
    async with sessions() as session:
        assert len(await held(session, batch.id)) == 6
    assert await failing(sessions) == []


async def test_a_public_code_typed_in_many_tabs_gives_one_coupon(fresh_engine):
    sessions = build_sessions(fresh_engine)
    batch, members = await opened(
        sessions, "public_code", members=2, public_code="SPRING", total=50
    )
    got = await asyncio.gather(*(redeem(sessions, "spring", each) for each in members * 10))
    assert len({each.id for each in got}) == 2
    async with sessions() as session:
        assert len(await held(session, batch.id)) == 2


async def test_a_code_is_used_once(fresh_engine):
    sessions = build_sessions(fresh_engine)
    batch, members = await opened(sessions, "codes", members=12, total=2)
    await promotions.work_on_batches(sessions, PEPPER)
    async with sessions() as session:
        codes = await codes_of(session, await session.merge(batch))
    got = await asyncio.gather(
        *(redeem(sessions, code, each) for each in members for code in codes)
    )
    assert got.count("NotFound") >= 20
    async with sessions() as session:
        assert len(await held(session, batch.id)) == 2
    assert await failing(sessions) == []


async def test_two_workers_make_a_batch_once(fresh_engine, monkeypatch):
    monkeypatch.setattr(promotions.giving, "CHUNK", 3)
    monkeypatch.setattr(promotions.giving, "MEMBERS", 3)
    sessions = build_sessions(fresh_engine)
    codes, members = await opened(sessions, "codes", members=10, total=20)
    async with unit_of_work(sessions) as session:
        _, _, targeted = await make_batch(
            session, "targeted", member_ids=tuple(each.id for each in members)
        )
    for _ in range(3):
        await asyncio.gather(*(promotions.work_on_batches(sessions, PEPPER) for _ in range(4)))
    async with sessions() as session:
        assert len(await held(session, targeted.id)) == 10
        assert await session.scalar(text("SELECT count(*) FROM coupon_codes")) == 20
        assert (await promotions.get_batch(session, codes.id))[0].state == "made"
    assert await failing(sessions) == []


async def test_one_fact_told_twice_at_once_gives_once(fresh_engine):
    sessions = build_sessions(fresh_engine)
    batch, members = await opened(
        sessions, "automatic", members=1, trigger="order_paid", per_member=5, total=9
    )
    payload = {
        "order_id": "019a0000-0000-7000-8000-000000000000",
        "member_id": str(members[0].id),
        "payable_minor": 1,
        "currency": "CNY",
    }

    async def told():
        async with unit_of_work(sessions) as session:
            await promotions.give_for_payment(session, payload)

    await asyncio.gather(*(told() for _ in range(10)))
    async with sessions() as session:
        assert len(await held(session, batch.id)) == 1


async def test_of_two_exports_at_once_one_shows_the_codes(fresh_engine):
    sessions = build_sessions(fresh_engine)
    batch, _ = await opened(sessions, "codes", members=0, total=2)
    await promotions.work_on_batches(sessions, PEPPER)
    async with unit_of_work(sessions) as session:
        staff = actor_of(await make_staff(session))

    async def export():
        try:
            async with unit_of_work(sessions) as session:
                await promotions.begin_export(session, batch.id, actor=staff, pepper=PEPPER)
        except promotions.ExportRunning:
            return False
        return True

    assert sum(await asyncio.gather(*(export() for _ in range(6)))) == 1
