"""Orders as spreadsheets: chosen columns of what a filter finds, a few orders at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.order_lists import OrderSort
from app.core.enums.scopes import Scope
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.spreadsheets import Cell, Xlsx, csv_lines
from app.repositories.orders import OrderFilter
from app.repositories.orders.export_rows import COLUMNS, PERSONAL, ExportReader
from app.services import system
from app.services.orders.centre.lists import require_currency
from app.services.orders.centre.views import stored, through_view

CHUNK: Final = 500
"""Orders read at a time."""
USUAL: Final = tuple(name for name in COLUMNS if name not in PERSONAL)
"""The columns of an export that names none: nothing about persons."""


class UnknownColumns(DomainError):
    """`columns` that there are not; `known` are those there are."""

    slug, title, title_zh = "unknown-columns", "There are no such columns", "导出列不存在"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class OrderExport:
    """What is exported: once recorded, nothing more is asked."""

    wanted: OrderFilter
    columns: Sequence[str]


async def record_order_export(
    sessions: Sessions,
    wanted: OrderFilter,
    columns: Sequence[str],
    *,
    view_id: UUID | None,
    actor: Actor,
) -> OrderExport:
    """Note in the operation log who takes which columns of which orders.

    Columns about persons need `members:read`. Raises `UnknownColumns`, `InsufficientScope`,
    `CurrencyNeeded` and, for the view, `NotFound`.
    """
    chosen = tuple(dict.fromkeys(columns)) or USUAL
    if unknown := [name for name in chosen if name not in COLUMNS]:
        raise UnknownColumns("Choose among those known", columns=unknown, known=list(COLUMNS))
    if personal := [name for name in chosen if name in PERSONAL]:
        actor.require(Scope.MEMBERS_READ)
    async with unit_of_work(sessions) as session:
        wanted, _ = await through_view(session, view_id, wanted, actor=actor)
        require_currency(wanted, OrderSort.NEWEST)
        changes = {"filter": stored(wanted), "columns": list(chosen), "personal": personal}
        await system.record(session, actor, "orders.export", "order_export", new_id(), changes)
    return OrderExport(wanted, chosen)


async def orders_csv(readers: Sessions, export: OrderExport) -> AsyncIterator[str]:
    """The orders as CSV, oldest first, in many short statements."""
    yield "\ufeff" + csv_lines([export.columns])
    async for rows in _rows(readers, export):
        yield csv_lines(rows)


async def orders_xlsx(readers: Sessions, export: OrderExport) -> AsyncIterator[bytes]:
    """The orders as XLSX, written to disk first: memory stays flat however many there are."""
    with Xlsx(export.columns) as book:
        async for rows in _rows(readers, export):
            await asyncio.to_thread(book.add, rows)
        pieces = book.finish()
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield piece


async def _rows(readers: Sessions, export: OrderExport) -> AsyncIterator[list[list[Cell]]]:
    after: UUID | None = None
    while True:
        async with readers() as session:
            found = await ExportReader(session).rows(
                export.wanted, export.columns, after=after, limit=CHUNK
            )
        if found:
            yield [list(row[:-1]) for row in found]
        if len(found) < CHUNK:
            return
        after = found[-1][-1]
