"""Journals for accounting software: an export is recorded, its file can be made at any time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.errors import DomainError, NotFound
from app.core.ids import new_id
from app.core.json import dump
from app.core.money import exponent
from app.core.spreadsheets import Cell, Xlsx, csv_lines
from app.repositories.finance.exports import ExportRepository, ExportSpan, Place
from app.services import ledger, system

CHUNK = 1_000
"""Journals read at a time."""
COUNTED = 10_000
"""Journals counted at a time."""
COLUMNS: Final = (
    "journal_id",
    "place",
    "key",
    "kind",
    "effective_at",
    "posted_at",
    "concerns",
    "account",
    "account_name",
    "account_name_zh",
    "currency",
    "debit",
    "credit",
    "order_number",
    "reason",
    "actor",
)
_NAMES = {each.kind.value: (each.name, each.name_zh) for each in ledger.CHART}


class ExportOvertaken(DomainError):
    slug, title, title_zh = (
        "export-overtaken",
        "Another export to this target was made meanwhile",
        "同一目标的另一批凭证刚刚导出",
    )


async def record_export(
    sessions: Sessions,
    *,
    since: datetime,
    until: datetime,
    actor: Actor,
    target: str | None = None,
) -> RowMapping:
    """Fix which journals an export has, count them and their debits. Reads in short statements.

    Journals that will be posted later are not in it. One to a `target` leaves out what earlier ones
    to it have, so each journal is handed to a target once, however spans overlap and whenever it is
    posted. Raises `ExportOvertaken`.
    """
    async with unit_of_work(sessions) as session:
        exports = ExportRepository(session)
        number = None if target is None else await exports.next_number(target)
        span = ExportSpan(since, until, await exports.horizon(), target, number)
    journals = entries = 0
    debits: dict[str, int] = {}
    after: Place | None = span.start
    while after is not None:
        async with unit_of_work(sessions) as session:
            found = await ExportRepository(session).sums(span, after, limit=COUNTED)
        journals += found.journals
        entries += found.entries
        for currency, debit in found.debits.items():
            debits[currency] = debits.get(currency, 0) + debit
        after = found.last
    export_id = new_id()
    counted = {"journals": journals, "entries": entries}
    row = {"id": export_id, "debits": dump(debits), "actor": actor.principal}
    async with unit_of_work(sessions) as session:
        if not await ExportRepository(session).add(asdict(span) | row | counted):
            raise ExportOvertaken("Ask for it again", target=target)
        changes = counted | {"target": target}
        await system.record(session, actor, "finance.export", "ledger_export", export_id, changes)
        return await read_export(session, export_id)


async def read_export(session: AsyncSession, export_id: UUID) -> RowMapping:
    """Raises `NotFound`."""
    row = await ExportRepository(session).find(export_id)
    if row is None:
        raise NotFound("No such export")
    return row


async def list_exports(session: AsyncSession, *, after: UUID | None, limit: int) -> list[Row[Any]]:
    """Exports, the last first, one more than `limit`."""
    return await ExportRepository(session).page(after=after, limit=limit + 1)


async def export_csv(readers: Sessions, export: RowMapping) -> AsyncIterator[str]:
    """The file as CSV, a few journals at a time. The same whenever it is made."""
    yield "\ufeff" + csv_lines([COLUMNS])  # the mark tells spreadsheets that it is UTF-8
    async for rows in _rows(readers, export):
        yield csv_lines(rows)


async def export_xlsx(readers: Sessions, export: RowMapping) -> AsyncIterator[bytes]:
    """The file as XLSX, written to disk first: memory stays flat however long it is."""
    with Xlsx(COLUMNS) as book:
        async for rows in _rows(readers, export):
            await asyncio.to_thread(book.add, rows)
        pieces = book.finish()
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield piece


async def _rows(readers: Sessions, export: RowMapping) -> AsyncIterator[list[list[Cell]]]:
    span = ExportSpan(
        export["since_at"],
        export["until_at"],
        export["below_position"],
        export["target"],
        export["number"],
    )
    after = span.start
    while True:
        async with readers() as session:
            found = await ExportRepository(session).lines(span, after, limit=CHUNK)
        if not found:
            return
        yield [_line(row) for row in found if row.code is not None]
        after = Place(found[-1].effective_at, found[-1].id)


def _line(row: Row[Any]) -> list[Cell]:
    name, name_zh = _NAMES[row.account_kind]
    minor = row.amount_minor
    return [
        str(row.id),
        row.place,
        row.key,
        row.kind,
        row.effective_at.isoformat(),
        row.posted_at.isoformat(),
        row.concerns,
        row.code,
        name,
        name_zh,
        row.currency,
        decimal(max(minor, 0), row.currency),
        decimal(max(-minor, 0), row.currency),
        row.order_number,
        row.reason,
        row.actor,
    ]


def decimal(minor: int, currency: str) -> str:
    """Minor units as people write them, `1234` fen as `12.34`; points have no fraction."""
    digits = 0 if currency == ledger.POINTS else exponent(currency)
    if not digits:
        return str(minor)
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}}"
