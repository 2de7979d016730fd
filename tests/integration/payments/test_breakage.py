"""Value that can no longer be used becomes income once, and only then."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import build_sessions, unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.enums.payments import TenderKind
from app.core.ids import new_id
from app.services import ledger, payments
from app.services.ledger import AVAILABLE, HELD, Account
from app.services.payments import TenderRequest
from tests.factories.members import make_member
from tests.factories.payment_invariants import check_always
from tests.factories.payments import (
    GATEWAY,
    POINTS_TENDER,
    TERMS,
    Counter,
    funds,
    give_points,
    make_gift_card,
)
from tests.integration.payments.conftest import fill_purse

POINTS_INCOME = Account(AccountKind.BREAKAGE_INCOME, "points")
CARD_INCOME = Account(AccountKind.BREAKAGE_INCOME, "gift_cards")
BOUNDED = replace(TERMS, card_renewal_days=30)


async def balance(session: AsyncSession, account: Account) -> int:
    return (await ledger.balances(session, [account]))[account]


async def expire(session: AsyncSession, table: str, row_id: UUID, days: int = 1) -> None:
    at = datetime.now(UTC) - timedelta(days=days)
    await session.execute(
        text(f"UPDATE {table} SET expires_at = :at WHERE id = :id"), {"at": at, "id": row_id}
    )


async def lots(session: AsyncSession, member_id: UUID) -> list[UUID]:
    found = await session.scalars(
        text("SELECT id FROM points_lots WHERE member_id = :id ORDER BY id"), {"id": member_id}
    )
    return list(found)


async def test_expired_points_are_income_once(session: AsyncSession) -> None:
    member = await make_member(session, id=new_id())
    await give_points(session, member.id, 300)
    await give_points(session, member.id, 200)
    first, _ = await lots(session, member.id)
    await expire(session, "points_lots", first)
    own = Account(AccountKind.POINTS_LIABILITY, member.id, AVAILABLE)
    quantity = Account(AccountKind.POINTS_LIABILITY, member.id, AVAILABLE, ledger.POINTS)
    for _ in range(3):
        await payments.expire_points(session, limit=10, terms=TERMS)
        assert await balance(session, POINTS_INCOME) == 300 * TERMS.point_value_minor
        assert await balance(session, own) == 200 * TERMS.point_value_minor
        assert await balance(session, quantity) == 200
        await check_always(session)


async def test_the_last_point_of_a_lot_expires_too(session: AsyncSession) -> None:
    member = await make_member(session, id=new_id())
    await give_points(session, member.id, 1)
    (lot,) = await lots(session, member.id)
    await expire(session, "points_lots", lot)
    assert await payments.expire_points(session, limit=10, terms=TERMS) == 1
    assert await balance(session, POINTS_INCOME) == TERMS.point_value_minor


async def test_points_that_came_back_can_expire_again(session: AsyncSession) -> None:
    member = await make_member(session, id=new_id())
    await give_points(session, member.id, 300)
    (lot,) = await lots(session, member.id)
    await expire(session, "points_lots", lot, days=9)
    assert await payments.expire_points(session, limit=10, terms=TERMS) == 1
    await give_points(session, member.id, 50)  # books for what the lot gets below
    other = (await lots(session, member.id))[1]
    await session.execute(text("UPDATE points_lots SET remaining = 0 WHERE id = :i"), {"i": other})
    await session.execute(text("UPDATE points_lots SET remaining = 50 WHERE id = :i"), {"i": lot})
    await expire(session, "points_lots", lot, days=1)
    assert await payments.expire_points(session, limit=10, terms=TERMS) == 1
    assert await balance(session, POINTS_INCOME) == 350 * TERMS.point_value_minor


async def test_points_an_unpaid_order_holds_expire_with_the_rest_once_it_is_given_up(
    counter: Counter,
) -> None:
    member_id = new_id()
    async with unit_of_work(counter.sessions) as session:
        await make_member(session, id=member_id)
        await give_points(session, member_id, 300)
    asked = TenderRequest(kind=TenderKind.POINTS, max_points=100)
    plan = await counter.open(member_id, 5_000, asked, GATEWAY)
    async with unit_of_work(counter.sessions) as session:
        (lot,) = await lots(session, member_id)
        await expire(session, "points_lots", lot)
        assert await payments.expire_points(session, limit=10, terms=TERMS) == 0
    await counter.begin_close(plan)
    await counter.finish_close(plan)
    async with unit_of_work(counter.sessions) as session:
        assert await payments.expire_points(session, limit=10, terms=TERMS) == 1
        assert await payments.expire_points(session, limit=10, terms=TERMS) == 0
        assert await balance(session, POINTS_INCOME) == 300 * TERMS.point_value_minor
        await check_always(session)


async def test_a_card_is_income_when_it_cannot_be_renewed(session: AsyncSession) -> None:
    member = await make_member(session, id=new_id())
    renewable = await make_gift_card(session, 5_000, member_id=member.id)
    gone = await make_gift_card(session, 7_000, member_id=member.id)
    await expire(session, "gift_cards", renewable.id, days=29)
    await expire(session, "gift_cards", gone.id, days=31)
    assert await payments.close_expired_cards(session, limit=10, terms=TERMS) == 0
    assert await payments.close_expired_cards(session, limit=10, terms=BOUNDED) == 1
    assert await payments.close_expired_cards(session, limit=10, terms=BOUNDED) == 0
    assert await balance(session, CARD_INCOME) == 7_000
    assert await balance(session, Account(AccountKind.GIFT_CARD, renewable.id, AVAILABLE)) == 5_000
    state = text("SELECT state FROM gift_cards WHERE id = :id")
    assert await session.scalar(state, {"id": gone.id}) == "closed"
    await check_always(session)


async def test_a_card_an_order_holds_money_on_waits(session: AsyncSession) -> None:
    card = await make_gift_card(session, 5_000)
    available, held = (Account(AccountKind.GIFT_CARD, card.id, each) for each in (AVAILABLE, HELD))
    hold = ledger.Journal(key="hold", kind="hold", entries=ledger.transfer(available, held, 1_000))
    await ledger.post(session, [hold])
    await expire(session, "gift_cards", card.id, days=400)
    assert await payments.close_expired_cards(session, limit=10, terms=BOUNDED) == 0
    assert await balance(session, CARD_INCOME) == 0


async def test_m43_points_are_spent_expire_and_come_back_at_once(real: Counter) -> None:
    """Refunds put points back into lots that run out and are spent from at that moment."""
    purse = await fill_purse(real)
    async with unit_of_work(real.sessions) as session:
        for _ in range(8):
            await give_points(session, purse.member_id, 50)
    plans = [await real.open(purse.member_id, 30, POINTS_TENDER) for _ in range(6)]
    async with unit_of_work(real.sessions) as session:
        found = await lots(session, purse.member_id)
        for lot in found[:5]:
            await expire(session, "points_lots", lot)

    async def run() -> None:
        async with unit_of_work(real.sessions) as session:
            await payments.expire_points(session, limit=2, terms=TERMS)

    works = [
        *(real.refund_all(each) for each in plans),
        *(run() for _ in range(6)),
        *(real.open(purse.member_id, 20, POINTS_TENDER) for _ in range(6)),
    ]
    await asyncio.gather(*works)
    async with unit_of_work(real.sessions) as session:
        own = await funds(session, purse.member_id)
        statement = "SELECT sum(remaining), min(remaining), min(held) FROM points_lots"
        total, least, held = (await session.execute(text(statement))).one()
        await check_always(session)
    assert own["points:available"] == total * TERMS.point_value_minor
    assert least >= 0
    assert held == 0


async def test_two_jobs_and_a_spender_at_once_lose_nothing(fresh_engine: AsyncEngine) -> None:
    """The lots of one who spends are skipped or waited for; none is counted twice."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        member = await make_member(session, id=new_id())
        for _ in range(20):
            await give_points(session, member.id, 10)
        for lot in (await lots(session, member.id))[:10]:
            await expire(session, "points_lots", lot)

    async def run() -> int:
        async with unit_of_work(sessions) as session:
            return await payments.expire_points(session, limit=3, terms=TERMS)

    async def spend(number: int) -> None:
        async with unit_of_work(sessions) as session:
            command = payments.SpendPoints(
                member_id=member.id, quantity=10, source=f"draw:{number}", currency="CNY"
            )
            await payments.spend_points(session, command, terms=TERMS)

    ran = await asyncio.gather(*(run() for _ in range(8)), *(spend(number) for number in range(5)))
    emptied = sum(each for each in ran if each)
    while more := await run():
        emptied += more
    assert emptied == 10
    async with unit_of_work(sessions) as session:
        assert await balance(session, POINTS_INCOME) == 100 * TERMS.point_value_minor
        await check_always(session)
