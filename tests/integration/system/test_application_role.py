"""What the application's role may do: add to the books, sell goods, and change nothing written."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import Sessions, build_engine, build_sessions, unit_of_work
from app.services import ledger, system
from tests.conftest import patient
from tests.factories.payments import GATEWAY, POINTS_TENDER, Counter
from tests.fakes.transactions import watched
from tests.horizon import past_other_writers
from tests.integration.payments.conftest import fill_purse

APPEND_ONLY = (
    "ledger_journals",
    "ledger_entries",
    "ledger_seals",
    "stock_movements",
    "operation_log",
    "price_changes",
    "promotion_versions",
    "lottery_draws",
)


@pytest.fixture
async def restricted(fresh_url: str) -> AsyncIterator[AsyncEngine]:
    """Connections that are the application's role and nothing else."""
    engine = build_engine(patient(fresh_url), pool_size=4)

    @event.listens_for(engine.sync_engine, "connect")
    def become(connection, record) -> None:
        cursor = connection.cursor()
        cursor.execute("SET SESSION AUTHORIZATION stoa_app")
        cursor.close()
        connection.commit()

    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(restricted: AsyncEngine) -> Sessions:
    return build_sessions(restricted)


async def denied(sessions: Sessions, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        async with unit_of_work(sessions) as session:
            await session.execute(text(statement))


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_what_is_written_can_only_be_added_to(sessions: Sessions, table: str) -> None:
    async with sessions() as session:
        assert await session.scalar(text("SELECT current_user")) == "stoa_app"
        await session.execute(text(f"SELECT * FROM {table} LIMIT 1"))
        columns = await session.scalars(
            text("SELECT column_name FROM information_schema.columns WHERE table_name = :name"),
            {"name": table},
        )
        first = columns.first()
    await denied(sessions, f"UPDATE {table} SET {first} = {first}")
    await denied(sessions, f"DELETE FROM {table}")
    await denied(sessions, f"TRUNCATE {table} CASCADE")
    await denied(sessions, f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    await denied(sessions, f"DROP TABLE {table} CASCADE")


async def test_every_table_that_refuses_changes_is_among_them(sessions: Sessions) -> None:
    async with sessions() as session:
        found = await session.scalars(
            text(
                "SELECT tgrelid::regclass::text FROM pg_trigger t JOIN pg_class c"
                " ON c.oid = t.tgrelid WHERE tgfoid = 'refuse_change()'::regprocedure"
                " AND NOT c.relispartition"
            )
        )
        tables = set(found)
        assert set(APPEND_ONLY) <= tables
        for table in tables:
            for right in ("UPDATE", "DELETE", "TRUNCATE"):
                may = text("SELECT has_table_privilege('stoa_app', :table, :right)")
                assert not await session.scalar(may, {"table": table, "right": right}), table


async def test_nobody_rewrites_accounts_or_guards(sessions: Sessions) -> None:
    await denied(sessions, "UPDATE ledger_accounts SET code = 'mine'")
    await denied(sessions, "UPDATE ledger_accounts SET is_protected = false")
    await denied(sessions, "DELETE FROM ledger_accounts")
    await denied(sessions, "DELETE FROM ledger_turnovers")
    await denied(sessions, "SET session_replication_role = replica")
    await denied(sessions, "SELECT * FROM operation_log_p_default")
    await denied(
        sessions,
        "CREATE OR REPLACE FUNCTION ledger_position() RETURNS bigint LANGUAGE sql"
        " AS $$ SELECT 0::bigint $$",
    )


async def test_an_order_is_paid_and_given_back_under_it(
    restricted: AsyncEngine, fresh_engine: AsyncEngine
) -> None:
    counter = Counter(watched(restricted))
    purse = await fill_purse(counter)
    plan = await counter.start(await counter.open(purse.member_id, 9_000, POINTS_TENDER, GATEWAY))
    await counter.notify(counter.pay(plan))
    await past_other_writers(build_sessions(fresh_engine))
    sessions = build_sessions(restricted)
    async with unit_of_work(sessions) as session:
        await ledger.roll_up(session)
        assert await ledger.seal(session) is not None
        trial = await ledger.trial_balance(session)
    signed = [each.balance_minor * (1 if each.side == "debit" else -1) for each in trial]
    assert trial
    assert sum(signed) == 0


async def test_its_worker_makes_months_and_seals_the_operation_log(sessions: Sessions) -> None:
    assert await system.partitions.ensure(sessions, months_ahead=3) > 0
    assert await system.partitions.ensure(sessions, months_ahead=3) == 0
    assert await system.seals.seal(sessions) is None
    with pytest.raises(DBAPIError, match="no months of"):
        async with unit_of_work(sessions) as session:
            await session.execute(text("SELECT make_month('ledger_entries', '2026-01-01')"))
