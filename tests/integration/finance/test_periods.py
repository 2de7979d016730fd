"""A closed period takes nothing more, whoever was posting while it was closed."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import Sessions, build_sessions, unit_of_work
from app.core.enums.finance import PeriodState
from app.core.enums.ledger import AccountKind
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.services import finance, ledger
from app.services.ledger import Account, Journal, transfer
from tests.factories.payments import staff
from tests.factories.staff import bearer, make_staff
from tests.horizon import past_other_writers

BANK, FEE = Account(AccountKind.BANK, "b1"), Account(AccountKind.GATEWAY_FEE)
SHANGHAI = ZoneInfo("Asia/Shanghai")
JANUARY = datetime(2026, 1, 20, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 20, tzinfo=UTC)
ADMIN = "/api/v1/admin/finance/periods"


def fee(at: datetime, minor: int = 5) -> Journal:
    return Journal(
        key=f"fee:{new_id()}", kind="fee", entries=transfer(FEE, BANK, minor), effective_at=at
    )


async def post(sessions: Sessions, at: datetime, minor: int = 5) -> None:
    async with unit_of_work(sessions) as session:
        await ledger.post(session, [fee(at, minor)])


@pytest.fixture
async def books(fresh_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    """A fee in January and one in February, and all months since.

    Whoever closes waits ten times as long: transactions of other tests' databases count, too.
    """
    monkeypatch.setattr("app.services.finance.periods.TRIES", 400)
    made = build_sessions(fresh_engine)
    await post(made, JANUARY)
    await post(made, FEBRUARY, 7)
    for _ in range(2):
        async with unit_of_work(made) as session:
            await finance.open_periods(session, SHANGHAI)
    return made


async def close(sessions: Sessions, name: str) -> finance.PeriodView:
    async with sessions() as session:
        period = await finance.read_period(session, name)
    return await finance.close_period(sessions, name, version=period.version, actor=staff())


async def balances(sessions: Sessions, name: str) -> dict[str, tuple[int, ...]]:
    async with sessions() as session:
        rows = await finance.period_balances(session, name)
    return {row["control"]: tuple(row.values())[2:] for row in rows}


async def test_months_follow_each_other_without_a_gap(books: Sessions) -> None:
    async with books() as session:
        periods = await finance.list_periods(session, after=None, limit=1_000)
    assert periods[-1].name == "2026-01"
    assert periods[-1].starts_at == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert periods[0].starts_at <= datetime.now(UTC) < periods[0].ends_at
    for later, earlier in pairwise(periods):
        assert later.starts_at == earlier.ends_at


async def test_a_closed_period_refuses_journals_in_the_database_too(books: Sessions) -> None:
    assert (await close(books, "2026-01")).state is PeriodState.CLOSED
    assert await balances(books, "2026-01") == {
        "bank:b1": (0, 0, 5, -5),
        "gateway_fee": (0, 5, 0, 5),
    }
    with pytest.raises(DBAPIError, match="period is closed"):
        await post(books, JANUARY)
    # A correction goes into an open one and names what it is about.
    async with unit_of_work(books) as session:
        correction = Journal(
            key="correction", kind="fee", entries=transfer(FEE, BANK, 1), concerns="2026-01"
        )
        await ledger.post(session, [correction])
    await post(books, FEBRUARY)
    await close(books, "2026-02")
    assert (await balances(books, "2026-02"))["gateway_fee"] == (5, 12, 0, 17)


async def test_periods_close_and_reopen_in_order(books: Sessions) -> None:
    with pytest.raises(finance.EarlierPeriodOpen):
        await close(books, "2026-02")
    async with books() as session:
        (current, *_) = await finance.list_periods(session, after=None, limit=1)
    with pytest.raises(finance.PeriodNotOver):
        await close(books, current.name)
    january = await close(books, "2026-01")
    february = await close(books, "2026-02")
    with pytest.raises(finance.PeriodNotOpen):
        await close(books, "2026-01")

    async def reopen(period: finance.PeriodView) -> finance.PeriodView:
        async with unit_of_work(books) as session:
            return await finance.reopen_period(
                session, period.name, version=period.version, reason="Bill came", actor=staff()
            )

    with pytest.raises(finance.LaterPeriodClosed):
        await reopen(january)
    assert (await reopen(february)).state is PeriodState.OPEN
    assert await balances(books, "2026-02") == {}
    await post(books, FEBRUARY)
    with pytest.raises(DBAPIError, match="period is closed"):
        await post(books, JANUARY)


async def test_whoever_posts_while_it_is_closed_is_waited_for(
    books: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal was written before the period refused any, and is committed after."""
    monkeypatch.setattr("app.services.finance.periods.TRIES", 2)
    async with unit_of_work(books) as slow:
        await ledger.post(slow, [fee(JANUARY, 100)])
        closing = await close(books, "2026-01")
        assert closing.state is PeriodState.CLOSING
        with pytest.raises(DBAPIError, match="period is closed"):
            await post(books, JANUARY)
        await finance.finish_closing(books)
        assert await balances(books, "2026-01") == {}
    await past_other_writers(books)
    await finance.finish_closing(books)
    assert (await balances(books, "2026-01"))["gateway_fee"] == (0, 105, 0, 105)


async def test_no_journal_slips_in_while_periods_close(books: Sessions) -> None:
    """What was taken is in the balances, what was refused is nowhere."""
    taken = 0

    async def keep_posting(writer: int) -> None:
        nonlocal taken
        for number in range(40):
            try:
                async with unit_of_work(books) as session:
                    await ledger.post(session, [fee(JANUARY, 1)])
                    await asyncio.sleep(0.002 * ((writer + number) % 4))
            except DBAPIError:
                return
            taken += 1

    writers = [asyncio.create_task(keep_posting(each)) for each in range(8)]
    await asyncio.sleep(0.1)
    await close(books, "2026-01")
    await asyncio.gather(*writers)
    await finance.finish_closing(books)
    assert 0 < taken < 8 * 40
    assert (await balances(books, "2026-01"))["gateway_fee"] == (0, 5 + taken, 0, 5 + taken)
    async with books() as session:
        entries = await session.scalar(text("SELECT count(*) FROM ledger_entries")) or 0
    assert entries == 2 * (taken + 2)


async def test_periods_over_http(client: httpx.AsyncClient, session: AsyncSession) -> None:
    clerk = await bearer(session, await make_staff(session, scopes=[Scope.FINANCE_READ]))
    chief = await bearer(
        session, await make_staff(session, scopes=[Scope.FINANCE_READ, Scope.FINANCE_CLOSE])
    )
    await ledger.post(session, [fee(datetime.now(UTC) - timedelta(days=100))])
    await finance.open_periods(session, SHANGHAI)
    got = await client.get(ADMIN, headers=clerk)
    assert got.status_code == 200, got.text
    items = got.json()["items"]
    first = items[-1]
    path = f"{ADMIN}/{first['name']}"
    got = await client.get(path, headers=clerk)
    assert (got.json(), got.headers["etag"]) == (first, '"1"')
    assert (await client.get(f"{path}/balances", headers=clerk)).json() == {"lines": []}
    match = {"If-Match": '"1"'}
    assert (await client.post(f"{path}/close", headers=clerk | match)).status_code == 403
    assert (await client.post(f"{path}/close", headers=chief)).status_code == 428
    stale = await client.post(f"{path}/close", headers=chief | {"If-Match": '"9"'})
    assert stale.status_code == 412
    now = await client.post(f"{ADMIN}/{items[0]['name']}/close", headers=chief | match)
    assert now.json()["type"] == "/problems/period-not-over"
    body = {"reason": "Bill came"}
    reopened = await client.post(f"{path}/reopen", headers=chief | match, json=body)
    assert reopened.json()["type"] == "/problems/period-not-open"
    assert (await client.get(f"{ADMIN}/2000-01", headers=clerk)).status_code == 404
