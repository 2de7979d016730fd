"""Landing imported rows many at a time, and remembering where they came from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Table, TextClause, func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.json import dump
from app.models.base import Entity
from app.models.imports import ExternalRef, ImportReject, ImportRun


@dataclass(frozen=True, slots=True)
class Reject:
    """A row, or a part of one, that could not be taken, and why."""

    kind: str
    external_id: str
    reason: str


class ImportRepository:
    def __init__(self, session: AsyncSession, source: str) -> None:
        self._session = session
        self._source = source

    async def unfinished(self) -> ImportRun | None:
        """The run to resume, locked so that two processes do not take it up."""
        found: ImportRun | None = await self._session.scalar(
            select(ImportRun)
            .where(ImportRun.source == self._source, ImportRun.finished_at.is_(None))
            .order_by(ImportRun.id.desc())
            .limit(1)
            .with_for_update()
        )
        return found

    async def start(self) -> ImportRun:
        run = ImportRun(source=self._source, cursor={}, counts={})
        self._session.add(run)
        await self._session.flush()
        return run

    async def run(self, run_id: UUID) -> ImportRun:
        return await self._session.get_one(ImportRun, run_id, with_for_update=True)

    async def refuse(self, run_id: UUID, rejects: Collection[Reject]) -> None:
        if rejects:
            rows = [
                {
                    "run_id": run_id,
                    "kind": each.kind,
                    "external_id": each.external_id[:128],
                    "reason": each.reason[:300],
                }
                for each in rejects
            ]
            await self._session.execute(insert(ImportReject).on_conflict_do_nothing(), rows)

    async def refused(self, run_id: UUID) -> list[Reject]:
        rows = await self._session.execute(
            select(ImportReject.kind, ImportReject.external_id, ImportReject.reason)
            .where(ImportReject.run_id == run_id)
            .order_by(ImportReject.id)
        )
        return [Reject(row.kind, row.external_id, row.reason) for row in rows]

    async def known(self, kind: str, external_ids: Collection[str]) -> dict[str, UUID]:
        """Which row each outside id became."""
        rows = await self._session.execute(
            select(ExternalRef.external_id, ExternalRef.entity_id).where(
                ExternalRef.source == self._source,
                ExternalRef.kind == kind,
                ExternalRef.external_id == func.any(list(external_ids)),
            )
        )
        return {row.external_id: row.entity_id for row in rows}

    async def remember(self, kind: str, refs: Mapping[str, UUID]) -> None:
        if refs:
            await self._session.execute(
                text(
                    """
                    INSERT INTO external_refs (source, kind, external_id, entity_id)
                    SELECT :source, :kind, r.external_id, r.entity_id
                    FROM unnest(CAST(:external_ids AS varchar[]), CAST(:entity_ids AS uuid[]))
                        AS r (external_id, entity_id)
                    ON CONFLICT DO NOTHING
                    """
                ),
                {
                    "source": self._source,
                    "kind": kind,
                    "external_ids": list(refs),
                    "entity_ids": list(refs.values()),
                },
            )

    async def named(
        self, model: type[Entity], column: str, values: Collection[str]
    ) -> dict[str, UUID]:
        """Rows that are there already under a natural key."""
        table: Any = model.__table__
        rows = await self._session.execute(
            select(table.c[column].label("value"), table.c.id).where(
                table.c[column] == func.any(list(values))
            )
        )
        return {row.value: row.id for row in rows}

    async def land(
        self, model: type[Entity], rows: Sequence[Mapping[str, Any]], *, once: frozenset[str]
    ) -> tuple[int, int]:
        """Insert or update rows by id; how many are new and how many changed.

        All rows have the same columns. Columns in `once` are set on the first import only: what
        staff decide later stays.
        """
        if not rows:
            return 0, 0
        columns = tuple(rows[0])
        statement = _landing(model, columns, once)
        result = await self._session.execute(statement, {"rows": _dump(rows)})
        made = [row.is_new for row in result]
        return sum(made), len(made) - sum(made)


@lru_cache(maxsize=64)
def _landing(model: type[Entity], columns: tuple[str, ...], once: frozenset[str]) -> TextClause:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - every mapped class has one
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    typed = ", ".join(f"{each} {table.c[each].type.compile(dialect)}" for each in columns)
    names = ", ".join(columns)
    moving = [each for each in columns if each != "id" and each not in once]
    old = ", ".join(f"t.{each}" for each in moving)
    new = ", ".join(f"excluded.{each}" for each in moving)
    sets = ", ".join(f"{each} = excluded.{each}" for each in moving)
    if "version" in table.c:
        sets += ", version = t.version + 1, updated_at = now()"
    return text(
        f"""
        INSERT INTO {table.name} AS t ({names})
        SELECT {names} FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r ({typed})
        ON CONFLICT (id) DO UPDATE SET {sets}
        WHERE ({old}) IS DISTINCT FROM ({new})
        RETURNING (xmax = 0) AS is_new
        """
    )


def _dump(rows: Sequence[Mapping[str, Any]]) -> str:
    return dump([{k: _plain(v) for k, v in row.items()} for row in rows])


def _plain(value: Any) -> Any:
    """The driver's own kind of UUID is not known to the JSON writer."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
