"""Fulfilments and parcels. Callers hold the order's row, so nothing here locks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

_ORDER_OF = {
    "fulfilments": text("SELECT order_id FROM fulfilments WHERE id = :id"),
    "shipments": text("SELECT order_id FROM shipments WHERE id = :id"),
}
_STANDING = text("""
    SELECT f.id, f.number, f.member_id, f.merchant_id, f.warehouse_id, f.status, f.picking_at,
        f.kind, f.return_id, f.round,
        (SELECT jsonb_agg(jsonb_build_array(x.order_line_id, coalesce(x.sku_id, l.sku_id),
                                            x.quantity, x.cancelled, x.packed, x.shipped)
                          ORDER BY l.position)
         FROM fulfilment_lines x JOIN order_lines l ON l.id = x.order_line_id
         WHERE x.fulfilment_id = f.id) AS lines,
        (SELECT coalesce(jsonb_agg(s.state), '[]') FROM shipments s
         WHERE s.fulfilment_id = f.id AND s.state <> 'void') AS parcels,
        (SELECT h.data FROM order_holds h WHERE h.order_id = f.order_id AND h.kind = 'backorder'
           AND h.reference = CAST(f.id AS varchar) AND h.lifted_at IS NULL) AS waits
    FROM fulfilments f WHERE f.order_id = :order_id ORDER BY f.id
""").columns(lines=JSONB, parcels=JSONB, waits=JSONB)
_LEAVE = text("""
    SELECT p.state AS plan_state, EXISTS (
            SELECT FROM tenders t WHERE t.plan_id = p.id AND t.kind = 'cash_on_delivery')
            AS pays_at_the_door,
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'id', h.id, 'kind', h.kind, 'reason', h.reason) ORDER BY h.id), '[]')
         FROM order_holds h WHERE h.order_id = :order_id AND h.lifted_at IS NULL
           AND (h.kind <> 'backorder' OR h.reference = CAST(:fulfilment_id AS varchar))) AS holds
    FROM (SELECT) one LEFT JOIN payment_plans p ON p.order_id = :order_id
""").columns(holds=JSONB)
_SHIPMENT = text("""
    SELECT s.id, s.number, s.order_id, s.fulfilment_id, s.member_id, s.merchant_id,
        s.warehouse_id, s.state, s.carrier_code, s.service, s.tracking_number, s.weight_grams,
        s.cost_minor, s.currency, s.note, s.estimated_at, s.shipped_at, s.delivered_at, s.version,
        s.created_at, f.kind, f.return_id, s.joined_to,
        (SELECT coalesce(jsonb_agg(j.id ORDER BY j.order_id, j.id), '[]') FROM shipments j
         WHERE j.joined_to = s.id) AS joins,
        (SELECT r.number FROM order_returns r WHERE r.id = f.return_id) AS return_number,
        (SELECT jsonb_agg(jsonb_build_object('order_line_id', x.order_line_id,
                'sku_id', coalesce(y.sku_id, l.sku_id), 'quantity', x.quantity)
                ORDER BY l.position)
         FROM shipment_lines x JOIN order_lines l ON l.id = x.order_line_id
         JOIN fulfilment_lines y
             ON y.fulfilment_id = s.fulfilment_id AND y.order_line_id = x.order_line_id
         WHERE x.shipment_id = s.id) AS lines,
        (SELECT coalesce(sum(x.quantity * y.unit_cost_minor), 0)
         FROM shipment_lines x JOIN fulfilment_lines y
             ON y.fulfilment_id = s.fulfilment_id AND y.order_line_id = x.order_line_id
         WHERE x.shipment_id = s.id AND f.kind = 'replacement') AS replaced_minor,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'state', e.state,
                'location', e.location, 'description', e.description, 'source', e.source,
                'actor', e.actor) ORDER BY e.at, e.id), '[]')
         FROM shipment_events e WHERE e.shipment_id = s.id) AS events,
        (SELECT l.state FROM shipment_labels l
         WHERE l.shipment_id = s.id AND l.state IN ('asked', 'made')) AS label_state
    FROM shipments s JOIN fulfilments f ON f.id = s.fulfilment_id WHERE s.id = :id
""").columns(lines=JSONB, events=JSONB, joins=JSONB)
_ADD = text("""
    WITH made AS (
        INSERT INTO shipments (id, number, order_id, fulfilment_id, member_id, merchant_id,
            warehouse_id, state, carrier_code, service, tracking_number, weight_grams, cost_minor,
            currency, note, estimated_at)
        SELECT CAST(:id AS uuid), :number, o.id, f.id, f.member_id, f.merchant_id, f.warehouse_id,
            'prepared', :carrier_code, :service, :tracking_number, CAST(:weight_grams AS int),
            CAST(:cost_minor AS bigint), o.currency, :note, CAST(:estimated_at AS timestamptz)
        FROM fulfilments f JOIN orders o ON o.id = f.order_id WHERE f.id = :fulfilment_id
        RETURNING id, fulfilment_id, member_id),
    wanted AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:line_ids AS uuid[]), CAST(:quantities AS int[]))
            AS w(line_id, quantity)),
    packed AS (
        UPDATE fulfilment_lines x SET packed = x.packed + w.quantity
        FROM wanted w, made m
        WHERE x.fulfilment_id = m.fulfilment_id AND x.order_line_id = w.line_id)
    INSERT INTO shipment_lines (shipment_id, order_line_id, member_id, quantity)
    SELECT m.id, w.line_id, m.member_id, w.quantity FROM made m, wanted w
""")
_MOVE = text("""
    UPDATE shipments s SET state = m.state, version = s.version + 1, updated_at = now(),
        shipped_at = CASE WHEN m.state = 'shipped' THEN now() ELSE s.shipped_at END,
        delivered_at = CASE WHEN m.state = 'delivered' THEN CAST(:at AS timestamptz) END
    FROM (SELECT CAST(:state AS varchar) AS state) m WHERE s.id = :id
""")
_EDIT = text("""
    UPDATE shipments SET carrier_code = :carrier_code, service = :service,
        tracking_number = :tracking_number, weight_grams = :weight_grams,
        cost_minor = :cost_minor, note = :note, estimated_at = :estimated_at,
        version = version + 1, updated_at = now()
    WHERE id = :id
""")
_TAKEN = text("""
    SELECT EXISTS (SELECT FROM shipments WHERE carrier_code = :carrier_code AND state <> 'void'
        AND tracking_number = :tracking_number AND id <> :id)
""")
# Pieces of a parcel leave (`shipped`) or go back on the shelf (`packed` again less).
_COUNT = """
    UPDATE fulfilment_lines x SET {change}
    FROM shipment_lines l JOIN shipments s ON s.id = l.shipment_id
    WHERE l.shipment_id = :id AND x.fulfilment_id = s.fulfilment_id
      AND x.order_line_id = l.order_line_id
"""
_LEFT = text(_COUNT.format(change="shipped = x.shipped + l.quantity"))
_UNPACKED = text(_COUNT.format(change="packed = x.packed - l.quantity"))
_STATUS = text("""
    UPDATE fulfilments f SET status = m.status, version = f.version + 1, updated_at = now(),
        picking_at = CASE WHEN m.status = 'picking' THEN coalesce(f.picking_at, now())
                          WHEN m.status = 'unfulfilled' THEN NULL ELSE f.picking_at END
    FROM (SELECT CAST(:status AS varchar) AS status) m WHERE f.id = :id
""")
_CANCEL = text("""
    UPDATE fulfilment_lines x SET cancelled = x.cancelled + w.quantity
    FROM unnest(CAST(:line_ids AS uuid[]), CAST(:quantities AS int[])) AS w(line_id, quantity)
    WHERE x.fulfilment_id = :id AND x.order_line_id = w.line_id
""")
_NOTE = text("""
    INSERT INTO shipment_events (id, shipment_id, member_id, at, state, source, provider_id,
        location, description, actor)
    SELECT CAST(:event_id AS uuid), s.id, s.member_id, CAST(:at AS timestamptz), :state, :source,
        :provider_id, :location, :description, :actor
    FROM shipments s WHERE s.id = :id
    ON CONFLICT (shipment_id, provider_id) DO NOTHING RETURNING id
""")
_SKUS = text("SELECT id, sku_id FROM order_lines WHERE order_id = :order_id")


class ShippingRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def order_of(self, table: str, id_: UUID) -> UUID | None:
        """The order a row of `fulfilments` or `shipments` belongs to."""
        found: UUID | None = await self._session.scalar(_ORDER_OF[table], {"id": id_})
        return found

    async def skus_of(self, order_id: UUID) -> dict[UUID, UUID]:
        """What was bought, by line."""
        found = await self._session.execute(_SKUS, {"order_id": order_id})
        return {row.id: row.sku_id for row in found}

    async def standing(self, order_id: UUID) -> Sequence[RowMapping]:
        """Fulfilments of an order with their lines and the states of their parcels."""
        found = await self._session.execute(_STANDING, {"order_id": order_id})
        return found.mappings().all()

    async def leave(self, order_id: UUID, fulfilment_id: UUID) -> RowMapping:
        """What decides whether a fulfilment may leave: the order's payment, and what holds it."""
        values = {"order_id": order_id, "fulfilment_id": str(fulfilment_id)}
        found = await self._session.execute(_LEAVE, values)
        return found.mappings().one()

    async def shipment(self, shipment_id: UUID) -> RowMapping | None:
        found = await self._session.execute(_SHIPMENT, {"id": shipment_id})
        return found.mappings().first()

    async def add(
        self, values: Mapping[str, Any], fulfilment_id: UUID, pieces: Mapping[UUID, int]
    ) -> None:
        """A prepared parcel of pieces by line."""
        chosen = {"line_ids": list(pieces), "quantities": list(pieces.values())}
        await self._session.execute(_ADD, {**values, **chosen, "fulfilment_id": fulfilment_id})

    async def edit(self, shipment_id: UUID, values: Mapping[str, Any]) -> None:
        await self._session.execute(_EDIT, {**values, "id": shipment_id})

    async def is_taken(self, shipment_id: UUID, carrier_code: str, number: str) -> bool:
        """Whether another parcel has that number of that carrier."""
        values = {"id": shipment_id, "carrier_code": carrier_code, "tracking_number": number}
        return bool(await self._session.scalar(_TAKEN, values))

    async def move(self, shipment_id: UUID, state: str, at: datetime) -> None:
        await self._session.execute(_MOVE, {"id": shipment_id, "state": state, "at": at})

    async def count_left(self, shipment_id: UUID) -> None:
        await self._session.execute(_LEFT, {"id": shipment_id})

    async def count_unpacked(self, shipment_id: UUID) -> None:
        await self._session.execute(_UNPACKED, {"id": shipment_id})

    async def cancel(self, fulfilment_id: UUID, pieces: Mapping[UUID, int]) -> None:
        """Pieces by line that are not wanted any more."""
        chosen = {"line_ids": list(pieces), "quantities": list(pieces.values())}
        await self._session.execute(_CANCEL, {**chosen, "id": fulfilment_id})

    async def set_status(self, fulfilment_id: UUID, status: str) -> None:
        await self._session.execute(_STATUS, {"id": fulfilment_id, "status": status})

    async def note(self, shipment_id: UUID, values: Mapping[str, Any]) -> bool:
        """Keep an entry of its tracking; False when it is known already."""
        found = await self._session.scalar(_NOTE, {**values, "id": shipment_id})
        return found is not None
