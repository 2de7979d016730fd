"""Serial numbers. A SKU's stock in the warehouse is locked first, then its serials in order."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.enums.inventory import SerialState
from app.core.ids import new_id
from app.repositories.keyset import before

_TRACK = text("INSERT INTO serial_tracking (sku_id) VALUES (:sku_id) ON CONFLICT DO NOTHING")
_TRACKED = direct("""
SELECT sku_id FROM serial_tracking WHERE sku_id = ANY(CAST(:sku_ids AS uuid[]))
""")
_LOCKED = text("""
    SELECT s.sku_id, s.serial, s.state, s.warehouse_id, s.document
      FROM unnest(CAST(:sku_ids AS uuid[]), CAST(:serials AS text[])) AS n(sku_id, serial)
      JOIN stock_serials s USING (sku_id, serial)
     ORDER BY s.sku_id, s.serial FOR UPDATE OF s
""")
_THERE = text("""
    SELECT count(*) FROM stock_serials
     WHERE sku_id = :sku_id AND warehouse_id = :warehouse_id AND state <> 'sent'
""")
_PUT = text("""
    WITH said AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:move_ids AS uuid[]),
                             CAST(:sku_ids AS uuid[]), CAST(:serials AS text[]))
                        AS n(id, move_id, sku_id, serial)),
    put AS (
        INSERT INTO stock_serials AS s
               (id, sku_id, serial, state, warehouse_id, document, owner)
        SELECT id, sku_id, serial, :state, CAST(:warehouse_id AS uuid), :document, :owner
          FROM said ORDER BY sku_id, serial
        ON CONFLICT (sku_id, serial) DO UPDATE
           SET state = excluded.state, warehouse_id = excluded.warehouse_id,
               owner = excluded.owner, document = excluded.document, changed_at = now()
        RETURNING id, sku_id, serial)
    INSERT INTO stock_serial_moves (id, serial_id, state, warehouse_id, document, owner, actor)
    SELECT n.move_id, p.id, :state, :warehouse_id, :document, :owner, :actor
      FROM put p JOIN said n USING (sku_id, serial)
""")
# Whoever was faster and scanned one of them elsewhere has taken it from the document.
_OF = direct("""
SELECT id, sku_id, serial, warehouse_id FROM stock_serials
 WHERE document = :document AND state = :state AND sku_id = ANY(CAST(:sku_ids AS uuid[]))
 ORDER BY sku_id, serial FOR UPDATE
""")
_MOVE = text("""
    WITH moved AS (
        UPDATE stock_serials
           SET state = :state, warehouse_id = CAST(:warehouse_id AS uuid), owner = :owner,
               document = :document, changed_at = now()
         WHERE id = ANY(CAST(:ids AS uuid[])))
    INSERT INTO stock_serial_moves (id, serial_id, state, warehouse_id, document, owner, actor)
    SELECT n.move_id, n.id, :state, CAST(:warehouse_id AS uuid), :document, :owner, :actor
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

    async def tracked(self, sku_ids: Collection[UUID]) -> set[UUID]:
        """Those whose pieces have serials."""
        return set(await self._session.scalars(_TRACKED, {"sku_ids": list(sku_ids)}))

    async def locked(
        self, serials: Mapping[UUID, Collection[str]]
    ) -> dict[tuple[UUID, str], Row[Any]]:
        """Those known of the serials by SKU; locked until commit, in order."""
        rows = await self._session.execute(_LOCKED, _paired(serials))
        return {(row.sku_id, row.serial): row for row in rows}

    async def there(self, sku_id: UUID, warehouse_id: UUID) -> int:
        """How many serials lie in a warehouse."""
        values = {"sku_id": sku_id, "warehouse_id": warehouse_id}
        return int(await self._session.scalar(_THERE, values) or 0)

    async def put(
        self,
        serials: Mapping[UUID, Collection[str]],
        *,
        state: SerialState,
        document: str,
        actor: str | None,
        warehouse_id: UUID | None = None,
        owner: str | None = None,
    ) -> None:
        """Say where serials by SKU are, wherever they were; unknown ones are kept."""
        pairs = _paired(serials)
        values = pairs | {
            "warehouse_id": warehouse_id,
            "ids": [new_id() for _ in pairs["serials"]],
            "move_ids": [new_id() for _ in pairs["serials"]],
            "state": state.value,
            "document": document,
            "owner": owner,
            "actor": actor,
        }
        await self._session.execute(_PUT, values)

    async def of(
        self, document: str, state: SerialState, sku_ids: Collection[UUID]
    ) -> Sequence[Row[Any]]:
        """Serials that moved by a document and are there still; locked until commit, in order."""
        values = {"document": document, "state": state.value, "sku_ids": list(sku_ids)}
        return (await self._session.execute(_OF, values)).all()

    async def move(
        self,
        ids: Sequence[UUID],
        *,
        state: SerialState,
        document: str,
        actor: str | None,
        warehouse_id: UUID | None = None,
        owner: str | None = None,
    ) -> None:
        """Say where serials are that the caller has locked."""
        values = {
            "ids": list(ids),
            "move_ids": [new_id() for _ in ids],
            "state": state.value,
            "warehouse_id": warehouse_id,
            "document": document,
            "owner": owner,
            "actor": actor,
        }
        await self._session.execute(_MOVE, values)

    async def page(
        self,
        *,
        sku_id: UUID | None,
        serial: str | None,
        document: str | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[RowMapping]:
        """Serials with who has them, newest first; of a document those that last moved by it."""
        which = before("s.id")
        values: dict[str, Any] = {"after": after}
        if sku_id is not None:
            which += " AND s.sku_id = :sku_id"
            values["sku_id"] = sku_id
        if serial is not None:
            which += " AND s.serial = :serial"
            values["serial"] = serial
        if document is not None:
            which += " AND s.document = :document"
            values["document"] = document
        statement = text(_PAGE.format(which=which, limit=int(limit)))
        return (await self._session.execute(statement, values)).mappings().all()

    async def find(self, serial_id: UUID) -> RowMapping | None:
        statement = text(_PAGE.format(which="s.id = :id", limit=1))
        found = await self._session.execute(statement, {"id": serial_id})
        return found.mappings().one_or_none()

    async def moves(self, serial_id: UUID) -> Sequence[RowMapping]:
        """Where it was seen, the last first."""
        return (await self._session.execute(_MOVES, {"id": serial_id})).mappings().all()


def _paired(serials: Mapping[UUID, Collection[str]]) -> dict[str, list[Any]]:
    """Each serial with its SKU, as two columns."""
    pairs = [(sku_id, serial) for sku_id in serials for serial in serials[sku_id]]
    return {"sku_ids": [sku for sku, _ in pairs], "serials": [serial for _, serial in pairs]}
