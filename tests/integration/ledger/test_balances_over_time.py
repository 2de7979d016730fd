"""Balances of any instant are the same however much has been added up already."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import build_sessions, unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.ids import new_id
from app.services import ledger
from app.services.ledger import AVAILABLE, Account, Journal, StatementSpan, transfer
from tests.horizon import past_other_writers

BANK, FEE = Account(AccountKind.BANK, "b1"), Account(AccountKind.GATEWAY_FEE)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def wallet() -> Account:
    return Account(AccountKind.BALANCE, new_id(), AVAILABLE)


def journal(account: Account, minor: int, at: datetime, **more: str) -> Journal:
    return Journal(
        key=f"j:{new_id()}",
        kind="top_up",
        entries=transfer(BANK, account, minor),
        effective_at=at,
        **more,
    )


STEPS = [timedelta(minutes=minutes) for minutes in (-90, -61, -60, -30, -1, 0, 1, 59, 60, 300)]


async def figures(session: AsyncSession, own: Account) -> list[tuple[int, int, int]]:
    """Of the bank, the wallet and all wallets together, before each of some instants."""
    found = []
    for step in [*STEPS, timedelta(days=9)]:
        at = NOON + step
        each = await ledger.balances(session, [BANK, own], at=at)
        trial = await ledger.trial_balance(session, until=at)
        wallets = sum(line.balance_minor for line in trial if line.control == "balance:*:available")
        sides = [line.balance_minor * (1 if line.side == "debit" else -1) for line in trial]
        assert sum(sides) == 0
        found.append((each[BANK], each[own], wallets))
    return found


async def roll(sessions, limit: int = 5_000) -> None:
    await past_other_writers(sessions)
    while True:
        async with unit_of_work(sessions) as session:
            if not await ledger.roll_up(session, limit=limit):
                return


async def test_turnovers_change_no_balance(fresh_engine: AsyncEngine) -> None:
    sessions = build_sessions(fresh_engine)
    own, other = wallet(), wallet()
    async with unit_of_work(sessions) as session:
        await ledger.post(session, [journal(own, 100 + i, NOON + s) for i, s in enumerate(STEPS)])
        await ledger.post(session, [journal(other, 7, NOON + s) for s in STEPS])
    async with sessions() as session:
        before = await figures(session, own)
    expected = [sum(100 + i for i in range(n)) for n in range(len(STEPS))]
    assert [wallet for _, wallet, _ in before] == [*expected, sum(range(100, 110))]
    assert [bank for bank, _, _ in before] == [all_ for _, _, all_ in before]
    await roll(sessions, limit=3)
    async with sessions() as session:
        assert await figures(session, own) == before
        entries = await session.scalar(text("SELECT sum(entries) FROM ledger_turnovers"))
        assert entries == 4 * len(STEPS)
    # Something back-dated counts at once, and is added to hours that were added up long ago.
    async with unit_of_work(sessions) as session:
        await ledger.post(session, [journal(own, 1_000, NOON - timedelta(minutes=75))])
    after = [
        (b + 1_000 * (n > 0), w + 1_000 * (n > 0), a + 1_000 * (n > 0))
        for n, (b, w, a) in enumerate(before)
    ]
    for _ in range(2):
        async with sessions() as session:
            assert await figures(session, own) == after
        await roll(sessions)


async def test_what_is_being_written_is_left_for_later(fresh_engine: AsyncEngine) -> None:
    """A journal committed after a younger one was seen must not be passed over."""
    sessions = build_sessions(fresh_engine)
    late, early = wallet(), wallet()
    async with unit_of_work(sessions) as session:
        await ledger.post(session, [journal(late, 5, NOON)])
        async with unit_of_work(sessions) as other:
            await ledger.post(other, [Journal(key="x", kind="x", entries=transfer(FEE, early, 7))])
        await asyncio.wait_for(roll(sessions), 5)
        async with sessions() as reader:
            assert await reader.scalar(text("SELECT count(*) FROM ledger_turnovers")) == 0
            found = await ledger.balances(reader, [FEE, BANK])
            assert (found[FEE], found[BANK]) == (7, 0)
    await roll(sessions)
    async with sessions() as reader:
        assert await reader.scalar(text("SELECT sum(debit_minor) FROM ledger_turnovers")) == 12
        found = await ledger.balances(reader, [FEE, BANK])
        assert (found[FEE], found[BANK]) == (7, 5)


async def test_two_that_roll_at_once_count_nothing_twice(fresh_engine: AsyncEngine) -> None:
    sessions = build_sessions(fresh_engine)
    own = wallet()
    async with unit_of_work(sessions) as session:
        await ledger.post(session, [journal(own, 1, NOON) for _ in range(200)])
    await asyncio.gather(*(roll(sessions, limit=7) for _ in range(6)))
    async with sessions() as session:
        assert await session.scalar(text("SELECT sum(debit_minor) FROM ledger_turnovers")) == 200


async def test_a_statement_goes_on_where_its_page_ended(session: AsyncSession) -> None:
    own = wallet()
    await ledger.post(session, [journal(own, 10, NOON + timedelta(minutes=i)) for i in range(5)])
    await ledger.post(session, [journal(own, 1, NOON), journal(own, 2, NOON)])
    seen: list[tuple[UUID, int]] = []
    span = StatementSpan(until=NOON + timedelta(minutes=4))
    while True:
        page = await ledger.statement(session, own.id, span, limit=2)
        lines = page.lines[:2]
        assert page.opening_minor == (seen[-1][1] if seen else 0)
        for line in lines:
            assert line.balance_minor == (seen[-1][1] if seen else 0) + line.amount_minor
            seen.append((line.id, line.balance_minor))
        if len(page.lines) <= 2:
            break
        span = StatementSpan(since=lines[-1].effective_at, after=lines[-1].id, until=span.until)
    assert len({id_ for id_, _ in seen}) == 6
    assert seen[-1][1] == 43
    empty = await ledger.statement(
        session, own.id, StatementSpan(since=NOON + timedelta(days=1)), limit=2
    )
    assert (empty.opening_minor, list(empty.lines)) == (53, [])


async def test_nothing_is_added_to_a_journal_that_is_complete(fresh_engine: AsyncEngine) -> None:
    sessions = build_sessions(fresh_engine)
    own = wallet()
    async with unit_of_work(sessions) as session:
        await ledger.post(session, [journal(own, 5, NOON)])
    more = """
        INSERT INTO ledger_entries
            (journal_id, position, account_id, currency, amount_minor, effective_at)
        SELECT journal_id, position + 2, account_id, currency, amount_minor, effective_at
        FROM ledger_entries
    """
    with pytest.raises(DBAPIError, match="a journal that is complete"):
        async with unit_of_work(sessions) as session:
            await session.execute(text(more))


async def test_entries_count_when_their_journal_does(session: AsyncSession) -> None:
    made = journal(wallet(), 5, NOON)
    await session.execute(
        text("INSERT INTO ledger_journals (id, key, input_hash, kind) VALUES (:id, 'k', '', 'k')"),
        {"id": new_id()},
    )
    await ledger.post(session, [made])
    shifted = """
        INSERT INTO ledger_entries (journal_id, position, account_id, currency, amount_minor,
            effective_at)
        SELECT j.id, e.position, e.account_id, e.currency, e.amount_minor, e.effective_at
        FROM ledger_entries e, ledger_journals j WHERE j.key = 'k'
    """
    with pytest.raises(DBAPIError, match="at another time"):
        await session.execute(text(shifted))


async def test_nothing_counts_ahead_of_now(session: AsyncSession) -> None:
    ahead = journal(wallet(), 5, datetime.now(UTC) + timedelta(minutes=1))
    with pytest.raises(DBAPIError, match="not_ahead"):
        await ledger.post(session, [ahead])
