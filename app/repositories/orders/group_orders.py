"""Group orders and their rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.group_orders import GroupRowState
from app.core.json import dump
from app.repositories.keyset import before

FILLED = 1_000
"""Rows written by one statement."""
_ADD = text("""
    INSERT INTO group_orders (id, number, member_id, channel_id, title, contract, reason, prices,
        rows_below_bps, invoice, payment, created_by)
    SELECT :id, :number, m.id, h.id, :title, :contract, :reason, CAST(:prices AS jsonb),
        :rows_below_bps, CAST(:invoice AS jsonb), :payment, :actor
    FROM members m, channels h WHERE m.id = :member_id AND h.id = :channel_id AND h.is_active
    RETURNING id
""")
# Money of a group is that of its orders: nothing is counted twice. Rows are read once.
_COUNTS = ", ".join(
    f"'{each}', nullif(count(*) FILTER (WHERE r.state = '{each}'), 0)" for each in GroupRowState
)
_GROUP = f"""
    SELECT g.*, h.code AS channel, h.currency, s.*
    FROM group_orders g JOIN channels h ON h.id = g.channel_id
    CROSS JOIN LATERAL (
        SELECT jsonb_strip_nulls(jsonb_build_object({_COUNTS})) AS rows,
            jsonb_build_object('asked_at', g.queued_at,
                'left', count(*) FILTER (WHERE r.state = 'queued'),
                'done', count(*) FILTER (WHERE r.settled_at >= g.queued_at),
                'last_at', max(r.settled_at) FILTER (WHERE r.settled_at >= g.queued_at))
                AS placing,
            count(*) FILTER (WHERE r.is_held AND g.held_until > now()) AS held,
            coalesce(sum(o.payable_minor) FILTER (WHERE o.state <> 'cancelled'), 0)
                AS placed_minor,
            coalesce(sum(o.payable_minor) FILTER (WHERE o.state <> 'cancelled'
                AND o.paid_at IS NOT NULL), 0) AS paid_minor,
            coalesce(sum(o.payable_minor) FILTER (WHERE o.payment_status = 'awaiting'
                AND o.state = 'open'), 0) AS due_minor
        FROM group_order_rows r LEFT JOIN orders o ON o.id = r.order_id
        WHERE r.group_id = g.id) s
    WHERE {{which}}
"""
_GET = text(_GROUP.format(which="g.id = :id"))
_PAGE = _GROUP.format(
    which=f"{before('g.id')} AND (CAST(:member_id AS uuid) IS NULL OR g.member_id = :member_id)"
    " ORDER BY g.id DESC LIMIT :limit"
)
_LOCK = text("SELECT id, version FROM group_orders WHERE id = :id FOR NO KEY UPDATE")
_TOUCH = text("""
    UPDATE group_orders SET version = version + 1, updated_at = now(),
        sha256 = coalesce(CAST(:sha256 AS varchar), sha256)
    WHERE id = :id
""")
_ROW = text("""
    SELECT position, content, state, is_held FROM group_order_rows
    WHERE group_id = :id AND position = :position FOR UPDATE
""")
# Pieces by SKU of rows that no order and no earlier hold has goods for.
_GOODS = text("""
    SELECT g.value ->> 'sku' AS sku, sum((g.value ->> 'quantity')::int)::int AS pieces
    FROM group_order_rows r, jsonb_array_elements(r.content -> 'goods') g
    WHERE r.group_id = :id AND r.state IN ('ready', 'failed')
      AND (CAST(:positions AS int[]) IS NULL OR r.position = ANY (CAST(:positions AS int[])))
    GROUP BY 1 ORDER BY 1
""")
_HOLD = text("""
    WITH held AS (
        UPDATE group_orders SET hold_id = CAST(:hold_id AS uuid),
            held_until = CAST(:until AS timestamptz) WHERE id = :id)
    UPDATE group_order_rows SET is_held = CAST(:hold_id AS uuid) IS NOT NULL
        AND state IN ('ready', 'failed')
        AND (CAST(:positions AS int[]) IS NULL OR position = ANY (CAST(:positions AS int[])))
    WHERE group_id = :id AND (is_held OR state IN ('ready', 'failed'))
""")
_CLEAR = text("DELETE FROM group_order_rows WHERE group_id = :id AND state <> 'placed'")
# A row that has its order keeps it, whatever the sheet says by now.
_FILL = text("""
    INSERT INTO group_order_rows (group_id, position, content, faults, state)
    SELECT :id, r.position, r.content, r.faults,
        CASE WHEN jsonb_array_length(r.faults) > 0 THEN 'invalid' ELSE 'ready' END
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(position int, content jsonb, faults jsonb)
    ON CONFLICT (group_id, position) DO NOTHING
""")
_QUEUED = text("SELECT count(*) FROM group_order_rows WHERE group_id = :id AND state = 'queued'")
_EDIT = text("""
    UPDATE group_order_rows SET content = CAST(:content AS jsonb), problem = NULL,
        is_held = false, faults = CAST(:faults AS jsonb),
        state = CASE WHEN jsonb_array_length(CAST(:faults AS jsonb)) > 0
                     THEN 'invalid' ELSE 'ready' END
    WHERE group_id = :id AND position = :position
      AND state IN ('ready', 'invalid', 'failed', 'cancelled')
    RETURNING position
""")
_QUEUE = text("""
    WITH rows AS (
        UPDATE group_order_rows SET state = 'queued', problem = NULL
        WHERE group_id = :id AND state IN ('ready', 'failed')
          AND (CAST(:positions AS int[]) IS NULL OR position = ANY (CAST(:positions AS int[])))
        RETURNING position),
    told AS (
        UPDATE group_orders SET queued_at = clock_timestamp()
        WHERE id = :id AND EXISTS (SELECT FROM rows)
          AND NOT EXISTS (SELECT FROM group_order_rows WHERE group_id = :id AND state = 'queued'))
    SELECT position FROM rows
""")
_CANCEL = text("""
    UPDATE group_order_rows SET state = 'cancelled', problem = NULL, faults = '[]',
        is_held = false
    WHERE group_id = :id AND state IN ('ready', 'failed', 'queued', 'invalid')
    RETURNING position
""")
# What is held of a group is not wanted of others.
_WANTED = text("""
    SELECT g.value ->> 'sku' AS sku, sum((g.value ->> 'quantity')::int)::int AS pieces
    FROM group_orders d JOIN group_order_rows r ON r.group_id = d.id,
        jsonb_array_elements(r.content -> 'goods') g
    WHERE d.id = :id AND r.state IN ('ready', 'failed')
      AND NOT (r.is_held AND d.held_until > now())
      AND (CAST(:positions AS int[]) IS NULL OR r.position = ANY (CAST(:positions AS int[])))
    GROUP BY 1 ORDER BY 1
""")
# Groups take turns: a small one does not wait for the last row of a large one.
_DUE = text("""
    WITH RECURSIVE groups AS (
        (SELECT group_id FROM group_order_rows WHERE state = 'queued' ORDER BY group_id LIMIT 1)
        UNION ALL
        SELECT (SELECT r.group_id FROM group_order_rows r
                WHERE r.state = 'queued' AND r.group_id > g.group_id ORDER BY r.group_id LIMIT 1)
        FROM groups g WHERE g.group_id IS NOT NULL)
    SELECT g.group_id, r.position FROM groups g CROSS JOIN LATERAL (
        SELECT x.position, row_number() OVER (ORDER BY x.position) AS turn FROM (
            SELECT position FROM group_order_rows
            WHERE group_id = g.group_id AND state = 'queued' ORDER BY position LIMIT :limit) x) r
    ORDER BY r.turn, g.group_id LIMIT :limit
""")
# Whoever is at it already has it: the next one takes another row.
_TAKE = text("""
    SELECT r.content, r.position, g.id, g.number, g.member_id, g.channel_id, g.contract, g.reason,
        g.prices, g.invoice, g.payment,
        CASE WHEN r.is_held AND g.held_until > now() THEN g.hold_id END AS hold_id
    FROM group_order_rows r JOIN group_orders g ON g.id = r.group_id
    WHERE r.group_id = :id AND r.position = :position AND r.state = 'queued'
    FOR UPDATE OF r SKIP LOCKED
""")
_SETTLE = text("""
    UPDATE group_order_rows SET state = CAST(:state AS varchar),
        order_id = CAST(:order_id AS uuid), problem = CAST(:problem AS jsonb),
        is_held = is_held AND CAST(:state AS varchar) = 'failed',
        settled_at = clock_timestamp()
    WHERE group_id = :id AND position = :position AND state = 'queued'
""")
_ROWS = """
    SELECT r.position, r.content, r.faults, r.state, r.problem, r.order_id,
        r.is_held AND (SELECT held_until > now() FROM group_orders WHERE id = :id) AS is_held,
        o.number AS order_number, o.state AS order_state, o.payment_status, o.fulfilment_status,
        o.payable_minor,
        ARRAY(SELECT s.tracking_number FROM shipments s WHERE s.order_id = o.id
              AND s.tracking_number IS NOT NULL ORDER BY s.id) AS tracking_numbers
    FROM group_order_rows r LEFT JOIN orders o ON o.id = r.order_id
    WHERE r.group_id = :id AND r.position > :after
      AND (CAST(:state AS text) IS NULL OR r.state = :state)
    ORDER BY r.position LIMIT :limit
"""


class GroupOrderRepository:
    """Rows are filled, queued and given up under the lock of their group; placing locks rows."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, values: Mapping[str, Any]) -> bool:
        """False when there is no such member, or no such channel that is open."""
        plain = {
            **values,
            "prices": dump(values["prices"]),
            "invoice": None if values["invoice"] is None else dump(values["invoice"]),
        }
        return await self._session.scalar(_ADD, plain) is not None

    async def get(self, group_id: UUID) -> RowMapping | None:
        return (await self._session.execute(_GET, {"id": group_id})).mappings().first()

    async def page(
        self, *, member_id: UUID | None, after: UUID | None, limit: int
    ) -> Sequence[Row[Any]]:
        values = {"member_id": member_id, "after": after, "limit": limit}
        return (await self._session.execute(text(_PAGE), values)).all()

    async def lock(self, group_id: UUID) -> int | None:
        """Its version; nobody fills, queues or gives up its rows meanwhile."""
        found = (await self._session.execute(_LOCK, {"id": group_id})).mappings().first()
        return None if found is None else int(found["version"])

    async def touch(self, group_id: UUID, *, sha256: str | None = None) -> None:
        await self._session.execute(_TOUCH, {"id": group_id, "sha256": sha256})

    async def row(self, group_id: UUID, position: int) -> RowMapping | None:
        """As it stands; locked until commit."""
        values = {"id": group_id, "position": position}
        return (await self._session.execute(_ROW, values)).mappings().first()

    async def goods(self, group_id: UUID, positions: Sequence[int] | None) -> dict[str, int]:
        """Pieces by code that rows want which could be placed."""
        found = await self._session.execute(_GOODS, {"id": group_id, "positions": positions})
        return {row.sku: row.pieces for row in found}

    async def hold(
        self,
        group_id: UUID,
        hold_id: UUID | None,
        *,
        positions: Sequence[int] | None = None,
        until: datetime | None = None,
    ) -> None:
        """Rows that could be placed have goods held until then; without an id none has."""
        values = {"id": group_id, "hold_id": hold_id, "positions": positions, "until": until}
        await self._session.execute(_HOLD, values)

    async def queued(self, group_id: UUID) -> int:
        return int(await self._session.scalar(_QUEUED, {"id": group_id}) or 0)

    async def fill(self, group_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
        """These in the place of all that have no order."""
        await self._session.execute(_CLEAR, {"id": group_id})
        for start in range(0, len(rows), FILLED):
            values = {"id": group_id, "rows": dump(rows[start : start + FILLED])}
            await self._session.execute(_FILL, values)

    async def edit(self, group_id: UUID, row: Mapping[str, Any]) -> bool:
        """False when there is no such row, or it is placed or about to be."""
        values = {
            "id": group_id,
            "position": row["position"],
            "content": dump(row["content"]),
            "faults": dump(row["faults"]),
        }
        return await self._session.scalar(_EDIT, values) is not None

    async def wanted(self, group_id: UUID, positions: Sequence[int] | None) -> dict[str, int]:
        """Pieces by code that rows want which could be placed, but for what is held for them."""
        found = await self._session.execute(_WANTED, {"id": group_id, "positions": positions})
        return {row.sku: row.pieces for row in found}

    async def queue(self, group_id: UUID, positions: Sequence[int] | None) -> int:
        values = {"id": group_id, "positions": positions}
        return len((await self._session.scalars(_QUEUE, values)).all())

    async def cancel(self, group_id: UUID) -> int:
        return len((await self._session.scalars(_CANCEL, {"id": group_id})).all())

    async def due(self, limit: int) -> Sequence[tuple[UUID, int]]:
        found = await self._session.execute(_DUE, {"limit": limit})
        return [(group_id, position) for group_id, position in found]

    async def take(self, group_id: UUID, position: int) -> RowMapping | None:
        """A queued row, locked until commit; None when somebody else has it, or had."""
        values = {"id": group_id, "position": position}
        return (await self._session.execute(_TAKE, values)).mappings().first()

    async def settle(
        self,
        group_id: UUID,
        position: int,
        state: str,
        *,
        order_id: UUID | None = None,
        problem: Mapping[str, Any] | None = None,
    ) -> None:
        values = {
            "id": group_id,
            "position": position,
            "state": state,
            "order_id": order_id,
            "problem": None if problem is None else dump(problem),
        }
        await self._session.execute(_SETTLE, values)

    async def rows(
        self, group_id: UUID, *, state: str | None, after: int, limit: int
    ) -> Sequence[RowMapping]:
        values = {"id": group_id, "state": state, "after": after, "limit": limit}
        return (await self._session.execute(text(_ROWS), values)).mappings().all()
