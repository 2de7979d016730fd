"""Returns. Callers that write hold the order's row, so nothing here locks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.keyset import before

# Where a line's goods go back to: the warehouse most of them left from, the first of equals.
_LINES = text("""
    SELECT l.id, coalesce(f.shipped, 0) AS shipped, coalesce(f.cancelled, 0) AS cancelled,
        f.warehouse_id,
        (SELECT coalesce(sum(x.quantity), 0) FROM shipment_lines x
         JOIN shipments s ON s.id = x.shipment_id JOIN fulfilments f ON f.id = s.fulfilment_id
         WHERE x.order_line_id = l.id AND s.state = 'returned' AND f.kind = 'sale') AS undelivered
    FROM order_lines l
    LEFT JOIN LATERAL (
        SELECT sum(x.shipped) AS shipped, sum(x.cancelled) AS cancelled,
            (array_agg(f.warehouse_id ORDER BY x.shipped DESC, f.id))[1] AS warehouse_id
        FROM fulfilment_lines x JOIN fulfilments f ON f.id = x.fulfilment_id
        WHERE x.order_line_id = l.id AND f.kind = 'sale') f ON true
    WHERE l.order_id = :order_id ORDER BY l.position
""")
_ADD = text("""
    WITH made AS (
        INSERT INTO order_returns (id, number, order_id, member_id, merchant_id, warehouse_id,
            kind, reason_code, reason, media, deducts_gifts)
        SELECT CAST(:id AS uuid), :number, o.id, o.member_id, CAST(:merchant_id AS uuid),
            CAST(:warehouse_id AS uuid), :kind, :reason_code, :reason, CAST(:media AS jsonb),
            CAST(:deducts_gifts AS boolean)
        FROM orders o WHERE o.id = :order_id RETURNING id, member_id),
    noted AS (
        INSERT INTO order_return_events (id, return_id, member_id, state, actor)
        SELECT CAST(:event_id AS uuid), m.id, m.member_id, 'requested', :actor FROM made m)
    INSERT INTO order_return_lines (return_id, order_line_id, member_id, quantity)
    SELECT m.id, w.line_id, m.member_id, w.quantity
    FROM made m, unnest(CAST(:line_ids AS uuid[]), CAST(:quantities AS int[]))
        AS w(line_id, quantity)
""")
_READ = """
    SELECT r.id, r.number, r.order_id, o.number AS order_number, r.member_id, r.merchant_id,
        r.warehouse_id, r.kind, r.state, r.reason_code, r.reason, r.media, r.deducts_gifts,
        r.claimed_by, r.carrier_code, r.tracking_number, r.due_at, r.refund_id, r.refunds_asked,
        r.created_at, r.updated_at, r.version,
        (SELECT jsonb_agg(jsonb_build_object('order_line_id', l.id, 'sku_id', l.sku_id,
                'sku_code', l.sku_code, 'name', l.name, 'quantity', x.quantity,
                'accepted', x.accepted, 'resellable', x.resellable, 'damaged', x.damaged,
                'scrap', x.scrap) ORDER BY l.position)
         FROM order_return_lines x JOIN order_lines l ON l.id = x.order_line_id
         WHERE x.return_id = r.id) AS lines,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('at', e.created_at, 'action', e.action,
                'state', e.state, 'note', e.note, 'actor', e.actor) ORDER BY e.id), '[]')
         FROM order_return_events e WHERE e.return_id = r.id) AS events
    FROM order_returns r JOIN orders o ON o.id = r.order_id WHERE {which}
"""
_SHAPE = {"media": JSONB, "lines": JSONB, "events": JSONB}
_BY_ID = text(_READ.format(which="r.id = :id")).columns(**_SHAPE)
_LIST = _READ.format(which="{conditions} AND {page} ORDER BY r.id DESC LIMIT {limit}")
_MOVE = text("""
    WITH moved AS (
        UPDATE order_returns r SET state = :state, version = r.version + 1, updated_at = now(),
            due_at = CAST(:due_at AS timestamptz), refund_id = CAST(:refund_id AS uuid),
            refunds_asked = r.refunds_asked + :asks
        WHERE r.id = :id RETURNING r.id, r.member_id)
    INSERT INTO order_return_events (id, return_id, member_id, action, state, note, actor)
    SELECT CAST(:event_id AS uuid), m.id, m.member_id, :action, :state, CAST(:note AS varchar),
        CAST(:actor AS varchar)
    FROM moved m
""")
_CLAIM = text("""
    UPDATE order_returns SET claimed_by = CAST(:claimed_by AS varchar), version = version + 1,
        updated_at = now() WHERE id = :id
""")
_WAYBILL = text("""
    UPDATE order_returns SET carrier_code = :carrier_code, tracking_number = :tracking_number
    WHERE id = :id
""")
_GRADE = text("""
    UPDATE order_return_lines x SET resellable = w.resellable, damaged = w.damaged,
        scrap = w.scrap, accepted = w.resellable + w.damaged + w.scrap
    FROM unnest(CAST(:line_ids AS uuid[]), CAST(:resellable AS int[]), CAST(:damaged AS int[]),
        CAST(:scrap AS int[])) AS w(line_id, resellable, damaged, scrap)
    WHERE x.return_id = :id AND x.order_line_id = w.line_id
""")
# Of goods that were looked at, what was refused is taken for damaged.
_ACCEPT = text("""
    UPDATE order_return_lines SET accepted = quantity,
        damaged = CASE WHEN accepted IS NULL THEN 0 ELSE quantity - resellable - scrap END
    WHERE return_id = :id
""")
_STANDING = text("""
    SELECT coalesce((SELECT array_agg(state) FROM order_returns WHERE order_id = :order_id), '{}')
            AS states,
        (SELECT coalesce(sum(quantity), 0) FROM order_lines WHERE order_id = :order_id) AS bought,
        (SELECT coalesce(sum(x.accepted), 0)
         FROM order_return_lines x JOIN order_returns r ON r.id = x.return_id
         WHERE r.order_id = :order_id AND r.kind = 'return' AND r.state = 'refunded') AS back
""")
_DUE = """
    SELECT id FROM order_returns WHERE state = 'awaiting_goods' AND due_at <= now()
    ORDER BY due_at LIMIT {limit}
"""


class AfterSalesRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lines(self, order_id: UUID) -> Sequence[RowMapping]:
        """What left of every line, and where it goes back to."""
        found = await self._session.execute(_LINES, {"order_id": order_id})
        return found.mappings().all()

    async def add(self, values: Mapping[str, Any], pieces: Mapping[UUID, int]) -> None:
        chosen = {"line_ids": list(pieces), "quantities": list(pieces.values())}
        await self._session.execute(_ADD, {**values, **chosen, "event_id": new_id()})

    async def order_of(self, return_id: UUID) -> UUID | None:
        found: UUID | None = await self._session.scalar(
            text("SELECT order_id FROM order_returns WHERE id = :id"), {"id": return_id}
        )
        return found

    async def of_refund(self, refund_id: UUID) -> UUID | None:
        """The return that a refund is of."""
        found: UUID | None = await self._session.scalar(
            text("SELECT id FROM order_returns WHERE refund_id = :id"), {"id": refund_id}
        )
        return found

    async def one(self, return_id: UUID) -> RowMapping | None:
        return (await self._session.execute(_BY_ID, {"id": return_id})).mappings().first()

    async def page(self, *, after: UUID | None, limit: int, **wanted: Any) -> Sequence[RowMapping]:
        """Newest first; None does not filter, `is_open` keeps those that are not over."""
        is_open = wanted.pop("is_open", None)
        values = {name: value for name, value in wanted.items() if value is not None}
        conditions = [f"r.{name} = :{name}" for name in values]
        if is_open:
            conditions.append(
                "r.state IN ('requested', 'escalated', 'awaiting_goods', 'in_transit', 'received',"
                " 'accepted', 'refunding')"
            )
        statement = _LIST.format(
            conditions=" AND ".join(conditions) or "true", page=before("r.id"), limit=int(limit)
        )
        found = await self._session.execute(
            text(statement).columns(**_SHAPE), {**values, "after": after}
        )
        return found.mappings().all()

    async def move(
        self,
        return_id: UUID,
        state: str,
        *,
        action: str | None,
        note: str | None = None,
        actor: str | None = None,
        due_at: datetime | None = None,
        refund_id: UUID | None = None,
        asks: bool = False,
    ) -> None:
        """Set its state and note what was done; a refund is asked for with `asks`."""
        await self._session.execute(
            _MOVE,
            {
                "id": return_id,
                "event_id": new_id(),
                "state": state,
                "action": action,
                "note": note,
                "actor": actor,
                "due_at": due_at,
                "refund_id": refund_id,
                "asks": int(asks),
            },
        )

    async def claim(self, return_id: UUID, claimed_by: str | None) -> None:
        await self._session.execute(_CLAIM, {"id": return_id, "claimed_by": claimed_by})

    async def waybill(self, return_id: UUID, carrier_code: str, tracking_number: str) -> None:
        values = {"carrier_code": carrier_code, "tracking_number": tracking_number}
        await self._session.execute(_WAYBILL, {**values, "id": return_id})

    async def grade(self, return_id: UUID, grades: Mapping[UUID, tuple[int, int, int]]) -> None:
        """Resellable, damaged and scrap pieces by line; what is none of these is not accepted."""
        columns = dict(
            zip(("resellable", "damaged", "scrap"), zip(*grades.values(), strict=True), strict=True)
        )
        await self._session.execute(
            _GRADE,
            {"id": return_id, "line_ids": list(grades)}
            | {name: list(values) for name, values in columns.items()},
        )

    async def accept(self, return_id: UUID) -> None:
        """All that was asked for is agreed to."""
        await self._session.execute(_ACCEPT, {"id": return_id})

    async def standing(self, order_id: UUID) -> RowMapping:
        """What decides how far an order is with its returns."""
        found = await self._session.execute(_STANDING, {"order_id": order_id})
        return found.mappings().one()

    async def due(self, limit: int) -> Sequence[UUID]:
        """Returns whose goods were to be sent by now, by the database's clock."""
        found = await self._session.execute(text(_DUE.format(limit=int(limit))))
        return found.scalars().all()
