"""Serial numbers. A SKU's stock in the warehouse is locked first, then its serials in order."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.ids import new_id
from app.repositories.keyset import before

_TRACK = text("INSERT INTO serial_tracking (sku_id) VALUES (:sku_id) ON CONFLICT DO NOTHING")
_IS_TRACKED = text("SELECT EXISTS (SELECT FROM serial_tracking WHERE sku_id = :sku_id)")
_LOCKED = text("""
    SELECT id, serial, state, warehouse_id, document FROM stock_serials
     WHERE sku_id = :sku_id AND serial = ANY(CAST(:serials AS text[]))
     ORDER BY serial FOR UPDATE
""")
_THERE = text("""
    SELECT count(*) FROM stock_serials
     WHERE sku_id = :sku_id AND warehouse_id = :warehouse_id AND state <> 'sent'
""")
_PUT = text("""
    WITH said AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:move_ids AS uuid[]),
                             CAST(:serials AS text[])) AS n(id, move_id, serial)),
    put AS (
        INSERT INTO stock_serials AS s
               (id, sku_id, serial, state, warehouse_id, document)
        SELECT id, :sku_id, serial, :state, :warehouse_id, :document FROM said ORDER BY serial
        ON CONFLICT (sku_id, serial) DO UPDATE
           SET state = excluded.state, warehouse_id = excluded.warehouse_id, owner = NULL,
               document = excluded.document, changed_at = now()
        RETURNING id, serial)
    INSERT INTO stock_serial_moves (id, serial_id, state, warehouse_id, document, actor)
    SELECT n.move_id, p.id, :state, :warehouse_id, :document, :actor
      FROM put p JOIN said n USING (serial)
""")
# How many pieces of each SKU that has serials are in a parcel, and have been scanned for it.
_PACKED = direct("""
SELECT t.sku_id, (
           SELECT array_agg(s.id ORDER BY s.serial) FROM stock_serials s
            WHERE s.sku_id = t.sku_id AND s.document = :document AND s.state = 'packed') AS ids
  FROM serial_tracking t WHERE t.sku_id = ANY(CAST(:sku_ids AS uuid[]))
""")
_SEND = text("""
    WITH sent AS (
        UPDATE stock_serials
           SET state = 'sent', warehouse_id = NULL, owner = :owner, changed_at = now()
         WHERE id = ANY(CAST(:ids AS uuid[])))
    INSERT INTO stock_serial_moves (id, serial_id, state, document, owner, actor)
    SELECT n.move_id, n.id, 'sent', :document, :owner, :actor
      FROM unnest(CAST(:move_ids AS uuid[]), CAST(:ids AS uuid[])) AS n(move_id, id)
""")
_PAGE = """
    SELECT s.id, s.created_at, s.sku_id, k.code AS sku_code, s.serial, s.state, s.warehouse_id,
           s.document, s.owner, s.changed_at, o.number AS order_number, o.member_id
      FROM stock_serials s JOIN skus k ON k.id = s.sku_id
      LEFT JOIN orders o ON o.id = CASE WHEN s.owner ~ '^order:[0-9a-f-]{{36}}$'
                                        THEN CAST(substr(s.owner, 7) AS uuid) END
     WHERE {which} ORDER BY s.id DESC LIMIT {limit}
"""
_MOVES = text("""
    SELECT id, created_at, state, warehouse_id, document, owner, actor FROM stock_serial_moves
     WHERE serial_id = :id ORDER BY id DESC LIMIT 200
""")


class SerialRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def track(self, sku_id: UUID) -> None:
        await self._session.execute(_TRACK, {"sku_id": sku_id})

    async def is_tracked(self, sku_id: UUID) -> bool:
        return bool(await self._session.scalar(_IS_TRACKED, {"sku_id": sku_id}))

    async def locked(self, sku_id: UUID, serials: Collection[str]) -> dict[str, Row[Any]]:
        """Known serials by their numbers; locked until commit."""
        values = {"sku_id": sku_id, "serials": sorted(serials)}
        rows = await self._session.execute(_LOCKED, values)
        return {row.serial: row for row in rows}

    async def there(self, sku_id: UUID, warehouse_id: UUID) -> int:
        """How many serials lie in a warehouse."""
        values = {"sku_id": sku_id, "warehouse_id": warehouse_id}
        return int(await self._session.scalar(_THERE, values) or 0)

    async def put(
        self,
        sku_id: UUID,
        warehouse_id: UUID,
        serials: Sequence[str],
        *,
        state: str,
        document: str,
        actor: str | None,
    ) -> None:
        """Say that serials lie there, for a parcel or for anybody; unknown ones are kept."""
        values = {
            "sku_id": sku_id,
            "warehouse_id": warehouse_id,
            "ids": [new_id() for _ in serials],
            "move_ids": [new_id() for _ in serials],
            "serials": list(serials),
            "state": state,
            "document": document,
            "actor": actor,
        }
        await self._session.execute(_PUT, values)

    async def packed(self, sku_ids: Collection[UUID], document: str) -> Mapping[UUID, list[UUID]]:
        """Serials scanned for a parcel, by the SKUs that have serials."""
        values = {"sku_ids": list(sku_ids), "document": document}
        rows = await self._session.execute(_PACKED, values)
        return {row.sku_id: row.ids or [] for row in rows}

    async def send(
        self, ids: Sequence[UUID], *, document: str, owner: str, actor: str | None
    ) -> None:
        values = {
            "ids": list(ids),
            "move_ids": [new_id() for _ in ids],
            "document": document,
            "owner": owner,
            "actor": actor,
        }
        await self._session.execute(_SEND, values)

    async def page(
        self,
        *,
        sku_id: UUID | None,
        serial: str | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[RowMapping]:
        """Serials with who has them, newest first."""
        which = before("s.id")
        values: dict[str, Any] = {"after": after}
        if sku_id is not None:
            which += " AND s.sku_id = :sku_id"
            values["sku_id"] = sku_id
        if serial is not None:
            which += " AND s.serial = :serial"
            values["serial"] = serial
        statement = text(_PAGE.format(which=which, limit=int(limit)))
        return (await self._session.execute(statement, values)).mappings().all()

    async def find(self, serial_id: UUID) -> RowMapping | None:
        statement = text(_PAGE.format(which="s.id = :id", limit=1))
        found = await self._session.execute(statement, {"id": serial_id})
        return found.mappings().one_or_none()

    async def moves(self, serial_id: UUID) -> Sequence[RowMapping]:
        """Where it was seen, the last first."""
        return (await self._session.execute(_MOVES, {"id": serial_id})).mappings().all()
