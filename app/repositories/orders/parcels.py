"""Reading fulfilments and parcels."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.shipping import ShipmentState
from app.repositories.keyset import before
from app.repositories.kits import promised, promised_to
from app.repositories.orders.documents import OWN_DELIVERY
from app.repositories.payments.shipping import HOLDS

_FULFILMENTS = """
    SELECT f.id, f.number, f.order_id, o.number AS order_number, f.merchant_id, f.warehouse_id,
        f.kind, f.status, f.priority, f.picking_at, f.created_at, o.paid_at, o.address,
        {delivery} AS delivery, o.note, o.is_gift, o.gift_message, o.hides_prices, o.flag,
        EXISTS (SELECT FROM order_holds h WHERE h.order_id = o.id AND h.lifted_at IS NULL
                AND (h.kind <> 'backorder' OR h.reference = CAST(f.id AS varchar)))
            OR EXISTS (SELECT FROM ({in_doubt}) d) AS is_held,
        (SELECT jsonb_agg(jsonb_build_object('order_line_id', x.order_line_id,
                'sku_id', coalesce(k.id, l.sku_id), 'sku_code', coalesce(k.code, l.sku_code),
                'name', coalesce(p.name, l.name), 'components', {components},
                'quantity', x.quantity, 'cancelled', x.cancelled, 'packed', x.packed,
                'shipped', x.shipped) ORDER BY l.position)
         FROM fulfilment_lines x JOIN order_lines l ON l.id = x.order_line_id
         LEFT JOIN skus k ON k.id = x.sku_id LEFT JOIN spus p ON p.id = k.spu_id
         WHERE x.fulfilment_id = f.id) AS lines
    FROM fulfilments f JOIN orders o ON o.id = f.order_id
    WHERE (o.paid_at IS NOT NULL OR EXISTS (
            SELECT FROM payment_plans p JOIN tenders t ON t.plan_id = p.id
            WHERE p.order_id = o.id AND t.kind = 'cash_on_delivery'))
      AND {conditions} AND {page}
    ORDER BY (- f.priority), f.id LIMIT {limit}
"""
_AFTER = """
    (- f.priority, f.id) > (SELECT - x.priority, x.id FROM fulfilments x WHERE x.id = :after)
"""
_SHIPMENTS = """
    SELECT s.id, s.number, s.order_id, o.number AS order_number, s.fulfilment_id, s.merchant_id,
        s.warehouse_id, s.state, s.carrier_code, s.service, s.tracking_number, s.weight_grams,
        s.cost_minor, s.currency, s.estimated_at, s.shipped_at, s.delivered_at, s.created_at,
        s.version, s.joined_to
    FROM shipments s JOIN orders o ON o.id = s.order_id
    WHERE {conditions} AND {page}
    ORDER BY s.id DESC LIMIT {limit}
"""
_SENT = text("""
    SELECT s.number, (SELECT jsonb_object_agg(x.order_line_id, x.quantity)
                      FROM shipment_lines x WHERE x.shipment_id = s.id) AS units
    FROM shipments s JOIN fulfilments f ON f.id = s.fulfilment_id
    WHERE s.order_id = :order_id AND s.shipped_at IS NOT NULL AND f.kind = 'sale' ORDER BY s.id
""").columns(units=JSONB)


class ParcelReader:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def fulfilments(
        self, *, after: UUID | None, limit: int, **wanted: Any
    ) -> Sequence[RowMapping]:
        """What is to be shipped, the most urgent first, of those the oldest.

        Without a status only what still waits.
        """
        values = {name: value for name, value in wanted.items() if value is not None}
        conditions = [f"f.{name} = :{name}" for name in values]
        if "status" not in values and "order_id" not in values:
            conditions.append("f.status IN ('unfulfilled', 'picking', 'partly_shipped')")
        statement = _FULFILMENTS.format(
            delivery=OWN_DELIVERY.format(merchant_id="f.merchant_id"),
            components=promised(promised_to("f"), "coalesce(k.id, l.sku_id)"),
            in_doubt=HOLDS.format(order_id="o.id"),
            conditions=" AND ".join(conditions) or "true",
            page="true" if after is None else _AFTER,
            limit=int(limit),
        )
        found = await self._session.execute(
            text(statement).columns(lines=JSONB, address=JSONB, delivery=JSONB),
            values if after is None else {**values, "after": after},
        )
        return found.mappings().all()

    async def shipments(
        self, *, after: UUID | None, limit: int, **wanted: Any
    ) -> Sequence[RowMapping]:
        """Parcels, newest first. The state is written out: partial indexes are found by it."""
        values = {name: value for name, value in wanted.items() if value is not None}
        state = values.pop("state", None)
        found_by = [f"s.{name} = :{name}" for name in values]
        if state is not None:
            found_by.append(f"s.state = '{ShipmentState(state)}'")
        conditions = " AND ".join(found_by) or "true"
        statement = _SHIPMENTS.format(conditions=conditions, page=before("s.id"), limit=int(limit))
        found = await self._session.execute(text(statement), {**values, "after": after})
        return found.mappings().all()

    async def sent(self, order_id: UUID) -> Sequence[RowMapping]:
        found = await self._session.execute(_SENT, {"order_id": order_id})
        return found.mappings().all()
