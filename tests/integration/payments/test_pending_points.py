"""Points that are promised: granted when their time has come, taken back by refunds before."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.errors import AlreadyExists, NotFound
from app.core.ids import new_id
from app.services import ledger, payments
from app.services.payments import PlanView, Take
from tests.factories.members import make_member
from tests.factories.payment_invariants import check_always
from tests.factories.payments import BALANCE_TENDER, Counter, funds, give_points
from tests.integration.payments.conftest import Purse
from tests.integration.payments.refunding import settled
from tests.waiting import start_and_wait

SOON, PAST = timedelta(days=7), timedelta(seconds=-1)


async def promise(
    counter: Counter, member_id: UUID, quantity: int = 100, after: timedelta = PAST, name: str = "p"
) -> None:
    command = payments.PendPoints(
        member_id=member_id,
        quantity=quantity,
        source=f"{name}:1",
        currency="CNY",
        pending_until=clock.now() + after,
    )
    async with unit_of_work(counter.sessions) as session:
        await payments.pend_points(session, command)


async def ripen(counter: Counter, limit: int = 10) -> int:
    async with unit_of_work(counter.sessions) as session:
        return await payments.ripen_points(session, limit=limit, terms=counter.terms)


async def points_of(counter: Counter, member_id: UUID) -> int:
    async with unit_of_work(counter.sessions) as session:
        return (await funds(session, member_id)).get("pts:available", 0)


async def earned(counter: Counter, purse: Purse, after: timedelta) -> PlanView:
    """An order of 40.00 paid by balance, which earns 40 points later."""
    plan = await counter.open(purse.member_id, 4_000, BALANCE_TENDER)
    command = payments.EarnPoints(
        order_id=plan.order_id,
        member_id=purse.member_id,
        currency="CNY",
        eligible_minor=4_000,
        per_minor=100,
        pending_until=clock.now() + after,
    )
    async with unit_of_work(counter.sessions) as session:
        assert await payments.earn_points(session, command, terms=counter.terms) == 40
        await payments.earn_points(session, command, terms=counter.terms)
    return plan


async def test_promised_points_are_granted_when_it_is_time(counter: Counter, purse: Purse) -> None:
    await promise(counter, purse.member_id, after=SOON)
    assert await ripen(counter) == 0
    await promise(counter, purse.member_id, 50, name="q")
    assert await points_of(counter, purse.member_id) == 8_000
    assert (await ripen(counter), await ripen(counter)) == (1, 0)
    assert await points_of(counter, purse.member_id) == 8_050
    async with unit_of_work(counter.sessions) as session:
        [left] = await payments.list_pending_points(session, purse.member_id, after=None, limit=9)
        assert left.quantity == 100
    await settled(counter)


async def test_one_source_promises_once(counter: Counter, purse: Purse) -> None:
    await promise(counter, purse.member_id)
    await promise(counter, purse.member_id)
    with pytest.raises(AlreadyExists):
        await promise(counter, purse.member_id, 99)
    with pytest.raises(NotFound):
        await promise(counter, new_id(), name="q")
    assert await ripen(counter) == 1


async def test_a_refund_takes_from_the_promise_first(counter: Counter, purse: Purse) -> None:
    plan = await earned(counter, purse, SOON)
    goods = (await counter.standing(plan)).rows[0].span
    refund = await counter.refund(plan, Take(((goods,),), 1_000))
    assert (refund.points_clawed, refund.points_owed) == (10, 0)
    assert await points_of(counter, purse.member_id) == 8_000
    await settled(counter)
    async with unit_of_work(counter.sessions) as session:
        [left] = await payments.list_pending_points(session, purse.member_id, after=None, limit=9)
        assert left.quantity == 30
    await counter.refund_all(plan)
    async with unit_of_work(counter.sessions) as session:
        found = await payments.list_pending_points(session, purse.member_id, after=None, limit=9)
        assert found == []
    await settled(counter)


async def test_after_its_time_a_refund_takes_what_was_granted(
    counter: Counter, purse: Purse
) -> None:
    plan = await earned(counter, purse, PAST)
    assert await ripen(counter) == 1
    assert await points_of(counter, purse.member_id) == 8_040
    refund = await counter.refund_all(plan)
    assert (refund.points_clawed, refund.points_owed) == (40, 0)
    assert await points_of(counter, purse.member_id) == 8_000
    await settled(counter)


async def test_jobs_at_once_share_the_work(real: Counter) -> None:
    async with unit_of_work(real.sessions) as session:
        members = [(await make_member(session, id=new_id())).id for _ in range(12)]
    for place, member_id in enumerate(members):
        await promise(real, member_id, 10, name=f"m{place}")
    done = await asyncio.gather(*(ripen(real, 6) for _ in range(4)))
    assert sum(done) == 12
    assert {await points_of(real, each) for each in members} == {10}
    async with unit_of_work(real.sessions) as session:
        await check_always(session)


def accounts_of(member_id: UUID) -> list[UUID]:
    units = ("CNY", ledger.POINTS)
    kind = AccountKind.POINTS_LIABILITY
    return sorted(ledger.Account(kind, member_id, ledger.AVAILABLE, each).id for each in units)


async def test_promises_of_several_members_meet_breakage(real: Counter) -> None:
    """Whose accounts come first is the same for both, so neither waits for the other for ever."""
    first, second = new_id(), new_id()
    while min(accounts_of(first)) < min(accounts_of(second)):
        second = new_id()
    async with unit_of_work(real.sessions) as session:
        for member_id in (first, second):
            await make_member(session, id=member_id)
            lot_id = await give_points(session, member_id, 30)
            await session.execute(
                text("UPDATE points_lots SET expires_at = now() - interval '1 day' WHERE id = :id"),
                {"id": lot_id},
            )
    for place, member_id in enumerate((first, second)):
        await promise(real, member_id, 10, name=f"m{place}")

    async def expire() -> int:
        async with unit_of_work(real.sessions) as session:
            return await payments.expire_points(session, limit=10, terms=real.terms)

    async with unit_of_work(real.sessions) as blocker:
        lowest = min(accounts_of(second))
        locked = text("SELECT id FROM ledger_accounts WHERE id = :id FOR NO KEY UPDATE")
        await blocker.execute(locked, {"id": lowest})
        expiring = await start_and_wait(real.sessions, expire())
        ripening = await start_and_wait(real.sessions, ripen(real), waiting=2)
    assert await asyncio.gather(expiring, ripening) == [2, 2]
    assert {await points_of(real, each) for each in (first, second)} == {10}
    async with unit_of_work(real.sessions) as session:
        await check_always(session)
