"""What an order froze that decides what a refund of it is worth, in one statement."""

from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

_FACTS = text("""
    SELECT o.id, o.number, o.member_id, o.channel_id, o.currency, o.state, o.payment_status,
        o.fulfilment_status, o.payable_minor, o.created_at, o.quote, o.priced_with, o.tax_mode,
        o.state <> 'open' OR coalesce(o.completes_at <= now(), false) AS is_return_over,
        o.received_at, now() AS at,
        (SELECT jsonb_agg(jsonb_build_object(
             'id', l.id, 'sku_code', l.sku_code, 'name', l.name, 'quantity', l.quantity,
             'is_gift', l.is_gift, 'promotion_id', l.promotion_id, 'list_minor', l.list_minor,
             'tax_rate_bps', l.tax_rate_bps, 'sku_id', l.sku_id, 'merchant_id', l.merchant_id,
             'spu_id', l.spu_id, 'brand_id', p.brand_id,
             'asked', (SELECT coalesce(sum(coalesce(x.accepted, x.quantity)), 0)
                       FROM order_return_lines x JOIN order_returns r ON r.id = x.return_id
                       WHERE x.order_line_id = l.id AND r.state IN ('requested', 'escalated',
                           'awaiting_goods', 'in_transit', 'received', 'accepted',
                           'sending')),
             'categories', to_jsonb(k.ancestor_ids || k.id)) ORDER BY l.position)
         FROM order_lines l
         JOIN spus p ON p.id = l.spu_id JOIN categories k ON k.id = p.category_id
         WHERE l.order_id = o.id) AS lines
    FROM orders o
    WHERE o.id = :order_id
      AND (CAST(:member_id AS uuid) IS NULL OR o.member_id = CAST(:member_id AS uuid))
      AND (CAST(:merchant_id AS uuid) IS NULL OR o.paid_at IS NOT NULL AND EXISTS (
          SELECT FROM fulfilments f
          WHERE f.order_id = o.id AND f.merchant_id = CAST(:merchant_id AS uuid)))
""").columns(quote=JSONB, priced_with=JSONB, lines=JSONB)


class RefundFactsRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(
        self, order_id: UUID, *, member_id: UUID | None = None, merchant_id: UUID | None = None
    ) -> RowMapping | None:
        """The order's facts; with a member or merchant only if it is theirs to know about."""
        values = {"order_id": order_id, "member_id": member_id, "merchant_id": merchant_id}
        return (await self._session.execute(_FACTS, values)).mappings().first()
