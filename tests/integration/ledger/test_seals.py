"""A chain of seals over journals: complete, behind the writers, and red when something changed."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import Sessions, build_sessions, unit_of_work
from app.core.enums.ledger import AccountKind
from app.repositories.ledger.seals import BROKEN
from app.services import ledger
from app.services.ledger import Account, Journal, PositionsWentBack, transfer
from tests.horizon import past_other_writers

BANK, FEE = Account(AccountKind.BANK, "b1"), Account(AccountKind.GATEWAY_FEE)


def journal(key: str, minor: int = 5) -> Journal:
    return Journal(key=key, kind="fee", entries=transfer(FEE, BANK, minor))


async def post(sessions: Sessions, *keys: str) -> None:
    for key in keys:
        async with unit_of_work(sessions) as session:
            await ledger.post(session, [journal(key)])


async def seal_all(sessions: Sessions, limit: int = 5_000) -> int:
    sealed = 0
    await past_other_writers(sessions)
    while True:
        async with unit_of_work(sessions) as session:
            made = await ledger.seal(session, limit=limit)
        if made is None:
            return sealed
        sealed += made.journals


async def broken(session: AsyncSession) -> list[int]:
    connection = await session.connection()
    return [row.number for row in await connection.exec_driver_sql(BROKEN)]


async def test_batches_of_a_chain_hold_every_journal_once(fresh_engine: AsyncEngine) -> None:
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:  # of one transaction, so of one position
        await ledger.post(session, [journal(f"many:{n}") for n in range(7)])
    await post(sessions, *"abc")
    assert await seal_all(sessions, limit=4) == 10
    assert await seal_all(sessions) == 0
    await post(sessions, "d")
    assert await seal_all(sessions) == 1
    async with sessions() as session:
        assert await broken(session) == []
        rows = (await session.execute(text("SELECT * FROM ledger_seals ORDER BY number"))).all()
    assert [row.journals for row in rows] == [4, 4, 2, 1]
    assert [row.previous_hash for row in rows] == ["", *(row.hash for row in rows[:-1])]


async def test_writers_and_the_seal_do_not_wait_for_each_other(fresh_engine: AsyncEngine) -> None:
    """What began earlier and is committed later than others is sealed all the same."""
    sessions = build_sessions(fresh_engine)
    await post(sessions, "first")  # whoever opens an account makes others wait for it
    async with unit_of_work(sessions) as slow:
        await ledger.post(slow, [journal("slow")])
        await post(sessions, "fast")
        async with asyncio.timeout(5):
            assert await seal_all(sessions) == 1
            async with unit_of_work(sessions) as session:
                await ledger.seal(session)
                await post(sessions, "while sealing")
    assert await seal_all(sessions) == 3
    async with sessions() as session:
        assert await broken(session) == []


async def test_many_writers_and_several_sealers_lose_nothing(fresh_engine: AsyncEngine) -> None:
    sessions = build_sessions(fresh_engine)
    done = asyncio.Event()

    async def keep_sealing() -> int:
        sealed = 0
        while not done.is_set():
            sealed += await seal_all(sessions, limit=3)
            await asyncio.sleep(0.01)
        return sealed

    async def write(writer: int) -> None:
        for number in range(15):
            async with unit_of_work(sessions) as session:
                await ledger.post(session, [journal(f"{writer}:{number}:first")])
                await asyncio.sleep(0.003 * (writer % 3))
                await ledger.post(session, [journal(f"{writer}:{number}:second")])

    sealers = [asyncio.create_task(keep_sealing()) for _ in range(2)]
    await asyncio.gather(*(write(writer) for writer in range(8)))
    done.set()
    sealed = sum(await asyncio.gather(*sealers)) + await seal_all(sessions)
    assert sealed == 8 * 15 * 2
    async with sessions() as session:
        assert await broken(session) == []


@pytest.mark.parametrize(
    ("change", "red"),
    [
        ("UPDATE ledger_entries SET amount_minor = amount_minor * 2", [1, 2, 3]),
        ("UPDATE ledger_journals SET actor = 'nobody' WHERE key = 'c'", [2]),
        ("DELETE FROM ledger_journals WHERE key = 'e'", [3]),
        ("UPDATE ledger_accounts SET code = 'bank:mine' WHERE kind = 'bank'", [1, 2, 3]),
        (
            (
                "UPDATE ledger_seals s SET last_position = o.last_position, hash = o.hash,"
                " last_journal_id = o.last_journal_id FROM ledger_seals o"
                " WHERE s.number IN (1, 2) AND o.number = 3 - s.number"
            ),
            [1, 2, 3],
        ),
        ("DELETE FROM ledger_seals WHERE number = 2", [3]),
        (
            (
                "INSERT INTO ledger_journals (id, key, input_hash, kind, position)"
                " SELECT gen_random_uuid(), 'z', '', 'fee', position FROM ledger_journals"
                " WHERE key = 'b'"
            ),
            [1, 2],
        ),
    ],
)
async def test_what_changed_is_red(fresh_engine: AsyncEngine, change: str, red: list[int]) -> None:
    sessions = build_sessions(fresh_engine)
    await post(sessions, *"abcdef")
    assert await seal_all(sessions, limit=2) == 6
    async with sessions() as session:
        assert await broken(session) == []
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text(change))
        found = await broken(session)
        assert found
        assert set(found) <= set(red)


async def test_books_moved_to_another_server_go_on(fresh_engine: AsyncEngine) -> None:
    """There transactions count from the start, so journals would be passed over as sealed."""
    sessions = build_sessions(fresh_engine)
    await post(sessions, "a")
    async with unit_of_work(sessions) as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text("UPDATE ledger_journals SET position = position + 1000000"))
    with pytest.raises(PositionsWentBack):
        await seal_all(sessions)
    async with unit_of_work(sessions) as session:
        assert await ledger.continue_positions(session) > 900_000
    async with unit_of_work(sessions) as session:
        assert await ledger.continue_positions(session) == 0
    await post(sessions, "b")
    assert await seal_all(sessions) == 2
    async with sessions() as session:
        assert await broken(session) == []
        first, second = (
            await session.scalars(text("SELECT position FROM ledger_journals ORDER BY position"))
        ).all()
        assert first < second
