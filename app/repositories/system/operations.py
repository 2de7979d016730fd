"""Rows of the operation log and the seals over them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id

_ADD = text("""
    INSERT INTO operation_log
        (id, principal, ip, request_id, action, object_kind, object_id, changes)
    VALUES (:id, :principal, :ip, :request_id, :action, :object_kind, :object_id,
        CAST(:changes AS jsonb))
""")
# A share lock waits for writers under way and keeps new ones out while the last number is read.
# Without it a row with a lower number could be committed after its range was sealed. Who may only
# add to the table may not lock it so: a function of its owner does.
_LAST = text("SELECT settled_operations()")
_SEALED = text("SELECT last_seq, hash FROM operation_log_seals ORDER BY last_seq DESC LIMIT 1")
# Rows as text that does not depend on settings of the session, hashed onto the hash before.
_HASH = """
    SELECT min(seq) AS first_seq, max(seq) AS last_seq, count(*) AS row_count,
        encode(sha256(convert_to(:previous || string_agg(
            jsonb_build_array(seq, id, CAST(extract(epoch FROM created_at) * 1000000 AS bigint),
                principal, ip, request_id, action, object_kind, object_id, changes)::text,
            E'\\n' ORDER BY seq), 'UTF8')), 'hex') AS hash
"""
_NEXT = text(f"""
    {_HASH} FROM (
        SELECT * FROM operation_log WHERE seq > :after AND seq <= :until ORDER BY seq LIMIT :limit
    ) AS batch
""")
_AGAIN = text(f"{_HASH} FROM operation_log WHERE seq >= :first AND seq <= :last")
_SEAL = text("""
    INSERT INTO operation_log_seals (id, first_seq, last_seq, row_count, previous_hash, hash)
    VALUES (:id, :first, :last, :rows, :previous, :hash)
""")
_SEALS = text("""
    SELECT first_seq, last_seq, row_count, previous_hash, hash
    FROM operation_log_seals ORDER BY last_seq
""")
_STRAYS = text("""
    SELECT count(*) FROM operation_log o
    WHERE o.seq <= (SELECT max(last_seq) FROM operation_log_seals)
      AND NOT EXISTS (
        SELECT FROM operation_log_seals s WHERE o.seq BETWEEN s.first_seq AND s.last_seq)
""")
_COLUMNS = "id, created_at, principal, ip, request_id, action, object_kind, object_id, changes"


@dataclass(frozen=True, slots=True)
class ListedOperation:
    id: UUID
    created_at: datetime
    principal: str
    ip: str | None
    request_id: str | None
    action: str
    object_kind: str
    object_id: str
    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OperationFilter:
    """What a list is narrowed to; None does not narrow."""

    principal: str | None = None
    action: str | None = None
    object_kind: str | None = None
    object_id: str | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    first_seq: int
    last_seq: int
    row_count: int
    previous_hash: str
    hash: str


class OperationRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self,
        *,
        principal: str,
        ip: str | None,
        request_id: str | None,
        action: str,
        object_kind: str,
        object_id: str,
        changes: str,
    ) -> None:
        values = {
            "id": new_id(),
            "principal": principal,
            "ip": ip,
            "request_id": request_id,
            "action": action,
            "object_kind": object_kind,
            "object_id": object_id,
            "changes": changes,
        }
        await self._session.execute(_ADD, values)

    async def page(
        self, wanted: OperationFilter, *, after: UUID | None, limit: int
    ) -> list[ListedOperation]:
        """Operations that match, newest first."""
        values: dict[str, Any] = {
            name: value
            for name in ("principal", "action", "object_kind", "object_id")
            if (value := getattr(wanted, name)) is not None
        }
        conditions = [f"{name} = :{name}" for name in values]
        if after is not None:
            conditions.append("id < :after")
            values["after"] = after
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        statement = f"SELECT {_COLUMNS} FROM operation_log {where} ORDER BY id DESC LIMIT {limit}"
        rows = await self._session.execute(text(statement), values)
        return [ListedOperation(*row) for row in rows]

    async def last_settled(self) -> int:
        """The highest number below which every row is committed or will never be.

        Waits up to 200 ms for writers under way; raises the driver's lock timeout beyond that.
        """
        await self._session.execute(text("SET LOCAL lock_timeout = '200ms'"))
        return int(await self._session.scalar(_LAST) or 0)

    async def sealed(self) -> tuple[int, str]:
        """The last sealed number and its hash; the chain starts from zero and an empty hash."""
        row = (await self._session.execute(_SEALED)).first()
        return (0, "") if row is None else (row.last_seq, row.hash)

    async def hash_next(self, after: int, until: int, previous: str, *, limit: int) -> Seal | None:
        values = {"after": after, "until": until, "previous": previous, "limit": limit}
        row = (await self._session.execute(_NEXT, values)).one()
        if not row.row_count:
            return None
        return Seal(row.first_seq, row.last_seq, row.row_count, previous, row.hash)

    async def hash_again(self, seal: Seal) -> tuple[int, str | None]:
        """How many rows the range of `seal` holds now, and their hash."""
        values = {"first": seal.first_seq, "last": seal.last_seq, "previous": seal.previous_hash}
        row = (await self._session.execute(_AGAIN, values)).one()
        return row.row_count, row.hash

    async def add_seal(self, seal: Seal) -> None:
        values = {
            "id": new_id(),
            "first": seal.first_seq,
            "last": seal.last_seq,
            "rows": seal.row_count,
            "previous": seal.previous_hash,
            "hash": seal.hash,
        }
        await self._session.execute(_SEAL, values)

    async def seals(self) -> list[Seal]:
        return [Seal(*row) for row in await self._session.execute(_SEALS)]

    async def strays(self) -> int:
        """Rows that lie between sealed ranges, though none was there when they were sealed."""
        return int(await self._session.scalar(_STRAYS) or 0)
