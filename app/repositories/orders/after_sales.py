"""Returns. Callers that write hold the order's row, so nothing here locks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.keyset import before

_ADD = text("""
    WITH made AS (
        INSERT INTO order_returns (id, number, order_id, member_id, merchant_id, warehouse_id,
            kind, reason_code, reason, media, deducts_gifts, shipment_id, postage_by,
            postage_cap_minor)
        SELECT CAST(:id AS uuid), :number, o.id, o.member_id, CAST(:merchant_id AS uuid),
            CAST(:warehouse_id AS uuid), :kind, :reason_code, :reason, CAST(:media AS jsonb),
            CAST(:deducts_gifts AS boolean), CAST(:shipment_id AS uuid),
            CAST(:postage_by AS varchar), CAST(:postage_cap_minor AS bigint)
        FROM orders o WHERE o.id = :order_id RETURNING id, member_id),
    noted AS (
        INSERT INTO order_return_events (id, return_id, member_id, state, actor)
        SELECT CAST(:event_id AS uuid), m.id, m.member_id, 'requested', :actor FROM made m)
    INSERT INTO order_return_lines (return_id, order_line_id, member_id, quantity, sku_id,
        for_sku_id, difference_minor)
    SELECT m.id, w.line_id, m.member_id, w.quantity, w.sku_id, w.for_sku_id, w.difference_minor
    FROM made m, unnest(CAST(:line_ids AS uuid[]), CAST(:quantities AS int[]),
            CAST(:sku_ids AS uuid[]), CAST(:for_sku_ids AS uuid[]), CAST(:differences AS bigint[]))
        AS w(line_id, quantity, sku_id, for_sku_id, difference_minor)
""")
_READ = """
    SELECT r.id, r.number, r.order_id, o.number AS order_number, r.member_id, r.merchant_id,
        r.warehouse_id, r.kind, r.state, r.reason_code, r.reason, r.media, r.deducts_gifts,
        r.claimed_by, r.carrier_code, r.tracking_number, r.due_at, r.refund_id, r.refunds_asked,
        r.created_at, r.updated_at, r.version, r.shipment_id, r.is_at_once, r.is_contested,
        r.difference_id, r.mend_outcome, r.postage_by, r.postage_cap_minor, r.outlay_minor,
        r.outlay_proof, r.collect_minor, d.postage_given_minor, d.postage_kept_minor,
        (SELECT s.number FROM shipments s WHERE s.id = r.shipment_id) AS shipment_number,
        (SELECT jsonb_agg(jsonb_build_object('order_line_id', l.id,
                'is_swapped', x.sku_id IS NOT NULL,
                'sku_id', coalesce(x.sku_id, l.sku_id), 'sku_code', coalesce(k.code, l.sku_code),
                'name', coalesce(p.name, l.name), 'quantity', x.quantity,
                'for_sku_id', CASE WHEN r.kind = 'exchange'
                    THEN coalesce(x.for_sku_id, l.sku_id) END,
                'difference_minor', x.difference_minor,
                'tax_rate_bps', l.tax_rate_bps, 'unit_cost_minor',
                    CASE WHEN x.sku_id IS NULL THEN l.unit_cost_minor END,
                'accepted', x.accepted, 'resellable', x.resellable, 'damaged', x.damaged,
                'scrap', x.scrap, 'components', (
                    SELECT jsonb_agg(jsonb_build_object('sku_id', v.id, 'sku_code', v.code,
                               'name', coalesce(v.name, h.name), 'quantity', q.quantity,
                               'worth', q.worth, 'resellable', coalesce(b.resellable, 0),
                               'damaged', coalesce(b.damaged, 0), 'scrap', coalesce(b.scrap, 0))
                               ORDER BY v.id)
                    FROM kit_promises q JOIN skus v ON v.id = q.sku_id
                    JOIN spus h ON h.id = v.spu_id
                    LEFT JOIN order_return_pieces b ON b.return_id = x.return_id
                        AND b.order_line_id = x.order_line_id AND b.sku_id = q.sku_id
                    WHERE q.owner = 'order:' || r.order_id
                      AND q.kit_id = coalesce(x.sku_id, l.sku_id))) ORDER BY l.position)
         FROM order_return_lines x JOIN order_lines l ON l.id = x.order_line_id
         LEFT JOIN skus k ON k.id = x.sku_id LEFT JOIN spus p ON p.id = k.spu_id
         WHERE x.return_id = r.id) AS lines,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('number', f.number, 'kind', f.kind,
                'status', f.status) ORDER BY f.id), '[]')
         FROM fulfilments f WHERE f.return_id = r.id) AS sent_again,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('at', e.created_at, 'action', e.action,
                'state', e.state, 'note', e.note, 'actor', e.actor) ORDER BY e.id), '[]')
         FROM order_return_events e WHERE e.return_id = r.id) AS events
    FROM order_returns r JOIN orders o ON o.id = r.order_id,
    LATERAL (SELECT coalesce(sum(d.postage_given_minor), 0)::bigint AS postage_given_minor,
                    coalesce(sum(d.postage_kept_minor), 0)::bigint AS postage_kept_minor
             FROM refunds d
             WHERE d.order_id = r.order_id AND d.state NOT IN ('rejected', 'cancelled')
               AND (d.number = r.number OR d.number LIKE r.number || '-%')) d
    WHERE {which}
"""
_SHAPE = {"media": JSONB, "lines": JSONB, "sent_again": JSONB, "events": JSONB}
_BY_ID = text(_READ.format(which="r.id = :id")).columns(**_SHAPE)
_LIST = _READ.format(which="{conditions} AND {page} ORDER BY r.id DESC LIMIT {limit}")
_MOVE = text("""
    WITH moved AS (
        UPDATE order_returns r SET state = :state, version = r.version + 1, updated_at = now(),
            due_at = CAST(:due_at AS timestamptz), refund_id = CAST(:refund_id AS uuid),
            kind = coalesce(CAST(:kind AS varchar), r.kind),
            is_contested = r.is_contested OR CAST(:contests AS boolean),
            refunds_asked = r.refunds_asked + :asks
        WHERE r.id = :id RETURNING r.id, r.member_id)
    INSERT INTO order_return_events (id, return_id, member_id, action, state, note, actor)
    SELECT CAST(:event_id AS uuid), m.id, m.member_id, :action, :state, CAST(:note AS varchar),
        CAST(:actor AS varchar)
    FROM moved m
""")
_AT_ONCE = text("UPDATE order_returns SET is_at_once = true WHERE id = :id")
_DIFFERENCE = text("UPDATE order_returns SET difference_id = :refund_id WHERE id = :id")
_MENDED = text("UPDATE order_returns SET mend_outcome = :outcome WHERE id = :id")
_POSTAGE = text("""
    UPDATE order_returns SET postage_by = coalesce(CAST(:by AS varchar), postage_by),
        collect_minor = coalesce(CAST(:collect_minor AS bigint), collect_minor)
    WHERE id = :id
""")
_OUTLAY = text("""
    UPDATE order_returns SET outlay_minor = :minor, outlay_proof = :proof, version = version + 1,
        updated_at = now()
    WHERE id = :id
""")
_CLAIM = text("""
    UPDATE order_returns SET claimed_by = CAST(:claimed_by AS varchar), version = version + 1,
        updated_at = now() WHERE id = :id
""")
_WAYBILL = text("""
    UPDATE order_returns SET carrier_code = :carrier_code, tracking_number = :tracking_number
    WHERE id = :id
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


class AskedLine(NamedTuple):
    """Pieces of a line; SKUs are named where they are not the line's own."""

    line_id: UUID
    quantity: int
    sku_id: UUID | None = None
    for_sku_id: UUID | None = None
    difference_minor: int = 0


class AfterSalesRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, values: Mapping[str, Any], lines: Sequence[AskedLine]) -> None:
        columns = {
            "line_ids": [each.line_id for each in lines],
            "quantities": [each.quantity for each in lines],
            "sku_ids": [each.sku_id for each in lines],
            "for_sku_ids": [each.for_sku_id for each in lines],
            "differences": [each.difference_minor for each in lines],
        }
        await self._session.execute(_ADD, {**values, **columns, "event_id": new_id()})

    async def order_of(self, return_id: UUID) -> UUID | None:
        found: UUID | None = await self._session.scalar(
            text("SELECT order_id FROM order_returns WHERE id = :id"), {"id": return_id}
        )
        return found

    async def of_number(self, order_id: UUID, number: str) -> UUID | None:
        """The return of an order that has that number."""
        found: UUID | None = await self._session.scalar(
            text("SELECT id FROM order_returns WHERE number = :number AND order_id = :order_id"),
            {"number": number, "order_id": order_id},
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
                " 'accepted', 'refunding', 'sending')"
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
        kind: str | None = None,
        contests: bool = False,
    ) -> None:
        """Set its state, or what it is, and note what was done.

        A refund is asked for with `asks`, what goods were graded is contested with `contests`.
        """
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
                "kind": kind,
                "contests": contests,
            },
        )

    async def at_once(self, return_id: UUID) -> None:
        """What is wanted instead does not wait for the goods."""
        await self._session.execute(_AT_ONCE, {"id": return_id})

    async def difference(self, return_id: UUID, refund_id: UUID) -> None:
        """The refund of what goods cost less that are sent instead."""
        await self._session.execute(_DIFFERENCE, {"id": return_id, "refund_id": refund_id})

    async def mended(self, return_id: UUID, outcome: str) -> None:
        """What came of its repair."""
        await self._session.execute(_MENDED, {"id": return_id, "outcome": outcome})

    async def postage(
        self, return_id: UUID, *, by: str | None = None, collect_minor: int | None = None
    ) -> None:
        """Who pays for sending back, or what the shop paid when the parcel came."""
        values = {"id": return_id, "by": by, "collect_minor": collect_minor}
        await self._session.execute(_POSTAGE, values)

    async def outlay(self, return_id: UUID, minor: int, proof: str) -> None:
        """What the shopper laid out to send the goods back."""
        await self._session.execute(_OUTLAY, {"id": return_id, "minor": minor, "proof": proof})

    async def claim(self, return_id: UUID, claimed_by: str | None) -> None:
        await self._session.execute(_CLAIM, {"id": return_id, "claimed_by": claimed_by})

    async def waybill(self, return_id: UUID, carrier_code: str, tracking_number: str) -> None:
        values = {"carrier_code": carrier_code, "tracking_number": tracking_number}
        await self._session.execute(_WAYBILL, {**values, "id": return_id})

    async def standing(self, order_id: UUID) -> RowMapping:
        """What decides how far an order is with its returns."""
        found = await self._session.execute(_STANDING, {"order_id": order_id})
        return found.mappings().one()

    async def due(self, limit: int) -> Sequence[UUID]:
        """Returns whose goods were to be sent by now, by the database's clock."""
        found = await self._session.execute(text(_DUE.format(limit=int(limit))))
        return found.scalars().all()
