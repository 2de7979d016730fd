"""An order as freight sees it, whole as it was bought, and what its sellers offer now."""

from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.delivery.offered import offered_by

_SELLERS = "(SELECT l.merchant_id FROM order_lines l WHERE l.order_id = o.id)"
_FREIGHT = text(f"""
    SELECT now() AS at, {offered_by(_SELLERS, "o.currency")},
        (SELECT jsonb_agg(jsonb_build_object(
            'merchant_id', l.merchant_id, 'warehouse_id', f.warehouse_id, 'pieces', x.quantity,
            'weight_grams', k.weight_grams, 'volume_cm3', coalesce(k.volume_cm3, 0),
            'amount_minor', l.goods_minor * x.quantity / l.quantity,
            'category_ids', to_jsonb(c.id || c.ancestor_ids)))
         FROM fulfilments f
         JOIN fulfilment_lines x ON x.fulfilment_id = f.id
         JOIN order_lines l ON l.id = x.order_line_id
         JOIN skus k ON k.id = l.sku_id
         JOIN spus p ON p.id = l.spu_id
         JOIN categories c ON c.id = p.category_id
         WHERE f.order_id = o.id AND f.kind = 'sale') AS goods
    FROM orders o WHERE o.id = :order_id
""").columns(goods=JSONB, freight=JSONB, point=JSONB, slot=JSONB)


class ChangeFreightRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, order_id: UUID, *, point_id: str | None, slot_id: str | None) -> RowMapping:
        """Goods by warehouse; `freight`, `point` and `slot` as offered now."""
        values = {"order_id": order_id, "point_id": point_id, "slot_id": slot_id}
        return (await self._session.execute(_FREIGHT, values)).mappings().one()
