"""Flags of orders, and what is printed for a parcel."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.json import dump

_LOCKED = text("SELECT flag, flag_note FROM orders WHERE id = :order_id FOR NO KEY UPDATE")
_FLAG = text("""
    WITH flagged AS (
        UPDATE orders SET flag = :flag, flag_note = :note, version = version + 1,
            updated_at = now()
        WHERE id = :order_id RETURNING id, member_id)
    INSERT INTO order_events (id, order_id, member_id, kind, is_public, actor, data)
    SELECT CAST(:event_id AS uuid), f.id, f.member_id, 'flagged', false,
        CAST(:actor AS varchar), CAST(:data AS jsonb)
    FROM flagged f
""")
# Whoever unpacks it reads this: no price leaves the database where the order hides them.
_SLIP = """
    SELECT s.number, o.number AS order_number, s.merchant_id, m.name AS merchant_name,
        o.created_at AS ordered_at, o.address, o.is_gift, o.gift_message, o.hides_prices,
        CASE WHEN NOT o.hides_prices THEN o.currency END AS currency,
        (SELECT jsonb_agg(jsonb_build_object('order_line_id', l.id, 'sku_code', l.sku_code,
                'name', l.name, 'options', coalesce(l.options->'sku', '{{}}'),
                'quantity', x.quantity, 'ordered', l.quantity,
                'list_minor', CASE WHEN NOT o.hides_prices THEN l.list_minor END,
                'net_minor', CASE WHEN NOT o.hides_prices THEN l.net_minor END)
                ORDER BY l.position)
         FROM shipment_lines x JOIN order_lines l ON l.id = x.order_line_id
         WHERE x.shipment_id = s.id) AS lines
    FROM shipments s JOIN orders o ON o.id = s.order_id JOIN merchants m ON m.id = s.merchant_id
    WHERE s.id = :shipment_id AND s.state <> 'void' {scope}
"""


class MarkRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def locked_flag(self, order_id: UUID) -> RowMapping | None:
        """How an order is flagged, locked until commit."""
        return (await self._session.execute(_LOCKED, {"order_id": order_id})).mappings().first()

    async def set_flag(
        self, order_id: UUID, flag: Mapping[str, Any], was: Mapping[str, Any], *, actor: str
    ) -> None:
        data = dump({**flag, "was": dict(was)})
        values = {"order_id": order_id, "event_id": new_id(), "actor": actor, "data": data}
        await self._session.execute(_FLAG, {**flag, **values})

    async def slip(self, shipment_id: UUID, *, merchant_id: UUID | None) -> RowMapping | None:
        """What a parcel holds; with a merchant, only if it is its own. None for voided ones."""
        scope = "AND s.merchant_id = :merchant_id" if merchant_id else ""
        values = {"shipment_id": shipment_id} | (
            {"merchant_id": merchant_id} if merchant_id else {}
        )
        statement = text(_SLIP.format(scope=scope)).columns(lines=JSONB, address=JSONB)
        return (await self._session.execute(statement, values)).mappings().first()
