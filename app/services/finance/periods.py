"""Accounting periods: closed in order, behind those who post, and reopened by right."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.finance import PeriodState
from app.core.errors import DomainError, NotFound, StaleVersion
from app.core.ids import new_id
from app.repositories.finance.periods import PeriodRepository
from app.services import ledger, system
from app.services.finance.engine.months import months

TRIES, PAUSE_SECONDS = 40, 0.05  # two seconds
"""How often and how long whoever closes a period waits for those under way before a job does."""


class PeriodNotOver(DomainError):
    slug, title, title_zh = "period-not-over", "The period is not over yet", "会计期间尚未结束"


class EarlierPeriodOpen(DomainError):
    slug, title, title_zh = (
        "earlier-period-open",
        "Close the periods before it first",
        "请先关闭更早的会计期间",
    )


class LaterPeriodClosed(DomainError):
    slug, title, title_zh = (
        "later-period-closed",
        "Reopen the periods after it first",
        "请先重新打开更晚的会计期间",
    )


class PeriodNotOpen(DomainError):
    slug, title, title_zh = "period-not-open", "The period is not open", "会计期间未打开"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodView:
    id: UUID
    name: str
    starts_at: datetime
    ends_at: datetime
    state: PeriodState
    closed_at: datetime | None
    closed_by: str | None
    version: int


async def open_periods(session: AsyncSession, zone: ZoneInfo) -> None:
    """Make the months that are missing, from the first journal to the current one."""
    periods = PeriodRepository(session)
    until = clock.now()
    since = await periods.last_end() or await periods.first_journal_at() or until
    await periods.add(
        [
            {
                "id": new_id(),
                "name": each.name,
                "starts_at": each.starts_at,
                "ends_at": each.ends_at,
            }
            for each in months(since, until, zone)
        ]
    )


async def list_periods(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> list[PeriodView]:
    """Periods, the last first, one more than `limit`."""
    rows = await PeriodRepository(session).page(after=after, limit=limit + 1)
    return [_view(row) for row in rows]


async def read_period(session: AsyncSession, name: str) -> PeriodView:
    """Raises `NotFound`."""
    row = await PeriodRepository(session).find(name)
    if row is None:
        raise NotFound("No such period")
    return _view(row)


async def period_balances(session: AsyncSession, name: str) -> Sequence[RowMapping]:
    """What a closed period was closed with, signed debit positive. Raises `NotFound`."""
    period = await read_period(session, name)
    return await PeriodRepository(session).balances(period.id)


async def close_period(sessions: Sessions, name: str, *, version: int, actor: Actor) -> PeriodView:
    """Let a period take no more journals, and keep the balances it ends with.

    It refuses journals from the first transaction on. Balances are taken once all who began to
    post before that have ended; should that take long, a job finishes it and the answer is still
    `closing`. Raises `NotFound`, `StaleVersion`, `PeriodNotOpen`, `PeriodNotOver` and
    `EarlierPeriodOpen`.
    """
    async with unit_of_work(sessions) as session:
        periods = PeriodRepository(session)
        row = await _expected(periods, name, version)
        if row["state"] != PeriodState.OPEN:
            raise PeriodNotOpen("It is closed, or being closed", state=row["state"])
        if row["is_running"]:
            raise PeriodNotOver("It can be closed once it is over", ends_at=row["ends_at"])
        if row["is_open_before"]:
            raise EarlierPeriodOpen("An earlier period is open")
        await periods.shut(row["id"], actor.principal)
        await system.record(session, actor, "finance.close_period", "period", name)
    for tries_left in reversed(range(TRIES)):
        await finish_closing(sessions)
        async with unit_of_work(sessions) as session:
            period = await read_period(session, name)
        if period.state is not PeriodState.CLOSING or not tries_left:
            return period
        await asyncio.sleep(PAUSE_SECONDS)
    raise AssertionError("there is a try")


async def finish_closing(sessions: Sessions) -> None:
    """Close the periods nobody can post into any more; for a job, may run at any time."""
    async with unit_of_work(sessions) as session:
        await PeriodRepository(session).mark()
    async with unit_of_work(sessions) as session:
        periods = PeriodRepository(session)
        for row in await periods.ended():
            lines = await ledger.trial_balance(
                session, since=row["starts_at"], until=row["ends_at"]
            )
            await periods.close(row["id"], [_signed(each) for each in lines])


async def reopen_period(
    session: AsyncSession, name: str, *, version: int, reason: str, actor: Actor
) -> PeriodView:
    """Let a closed period take journals again; the balances it was closed with are dropped.

    Raises `NotFound`, `StaleVersion`, `PeriodNotOpen` unless it is closed, and `LaterPeriodClosed`.
    """
    periods = PeriodRepository(session)
    row = await _expected(periods, name, version)
    if row["state"] != PeriodState.CLOSED:
        raise PeriodNotOpen("Only a closed period is reopened", state=row["state"])
    if row["is_shut_after"]:
        raise LaterPeriodClosed("A later period is closed")
    await periods.reopen(row["id"])
    await system.record(session, actor, "finance.reopen_period", "period", name, {"reason": reason})
    return await read_period(session, name)


async def _expected(periods: PeriodRepository, name: str, version: int) -> RowMapping:
    row = await periods.locked(name)
    if row is None:
        raise NotFound("No such period")
    if row["version"] != version:
        raise StaleVersion("It was changed meanwhile", version=row["version"])
    return row


def _signed(line: ledger.TrialLine) -> dict[str, object]:
    sign = 1 if line.side == "debit" else -1
    return {
        "control": line.control,
        "currency": line.currency,
        "opening": sign * line.opening_minor,
        "debit": line.debit_minor,
        "credit": line.credit_minor,
        "closing": sign * line.balance_minor,
    }


def _view(row: RowMapping) -> PeriodView:
    values = {name: row[name] for name in PeriodView.__slots__}
    return PeriodView(**values | {"state": PeriodState(row["state"])})
