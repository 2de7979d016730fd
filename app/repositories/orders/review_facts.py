"""What review rules want to know of an order, in one statement."""

from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

# Orders are alike by member, phone or address. Those that fell count for speed, not as duplicates.
_ALIKE = "v.id <> r.id AND {window} AND (v.member_id = r.member_id OR v.phone = r.phone OR {same})"
_SAME_ADDRESS = "md5(v.address_key) = md5(r.address_key)"
_GOODS = """
    (SELECT string_agg(g.sku_id || ':' || g.n, ',' ORDER BY g.sku_id) FROM (
        SELECT l.sku_id, sum(l.quantity) AS n FROM order_lines l
        WHERE l.order_id = {order_id} AND NOT l.is_gift GROUP BY 1) g)
"""
_HOUR = "v.created_at > r.created_at - interval '1 hour'"
_DAY = "v.created_at BETWEEN r.created_at - interval '1 day' AND r.created_at + interval '1 day'"
_FACTS = text(f"""
    SELECT o.payable_minor, o.currency, o.channel_id, o.address, o.note, o.source, o.kind,
        (SELECT h.kind FROM channels h WHERE h.id = o.channel_id) AS channel_kind,
        o.priced_with->'customer'->>'tier' AS tier,
        coalesce((SELECT jsonb_agg(DISTINCT t.kind) FROM payment_plans p
            JOIN tenders t ON t.plan_id = p.id WHERE p.order_id = o.id), '[]') AS methods,
        (SELECT jsonb_agg(jsonb_build_object('sku_id', l.sku_id, 'quantity', l.quantity,
                'categories', to_jsonb(k.ancestor_ids || k.id)))
         FROM order_lines l JOIN spus p ON p.id = l.spu_id
         JOIN categories k ON k.id = p.category_id WHERE l.order_id = o.id) AS lines,
        NOT EXISTS (SELECT FROM orders x WHERE x.member_id = o.member_id AND x.id <> o.id
            AND x.kind = 'sale' AND x.paid_at IS NOT NULL) AS is_first,
        coalesce((SELECT jsonb_agg(jsonb_build_array(u.province, u.city)) FROM (
            SELECT x.address->>'province' AS province, x.address->>'city' AS city FROM orders x
            WHERE x.member_id = o.member_id AND x.id <> o.id AND x.paid_at IS NOT NULL
            ORDER BY x.id DESC LIMIT 20) u), '[]') AS usual,
        coalesce((SELECT jsonb_agg(jsonb_build_object('kind', b.kind, 'reason', b.reason))
            FROM order_blacklist b WHERE CASE b.kind
                WHEN 'member' THEN b.value = CAST(o.member_id AS varchar)
                WHEN 'phone' THEN b.value = r.phone
                ELSE position(b.value IN r.address_key) > 0 END), '[]') AS blacklisted,
        (SELECT jsonb_build_object(
                'member', count(*) FILTER (WHERE v.member_id = r.member_id),
                'phone', count(*) FILTER (WHERE v.phone = r.phone),
                'address', count(*) FILTER (WHERE {_SAME_ADDRESS}))
         FROM order_reviews v WHERE {_ALIKE.format(window=_HOUR, same=_SAME_ADDRESS)}) AS speed,
        (SELECT min(abs(extract(epoch FROM v.created_at - r.created_at))) / 60
         FROM order_reviews v JOIN orders x ON x.id = v.order_id
         WHERE {_ALIKE.format(window=_DAY, same=_SAME_ADDRESS)} AND x.state <> 'cancelled'
           AND {_GOODS.format(order_id="v.order_id")} = {_GOODS.format(order_id="o.id")}
        ) AS duplicate_minutes
    FROM orders o JOIN order_reviews r ON r.order_id = o.id WHERE o.id = :order_id
""").columns(
    address=JSONB,
    methods=JSONB,
    lines=JSONB,
    usual=JSONB,
    blacklisted=JSONB,
    speed=JSONB,
)


class ReviewFactsRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, order_id: UUID) -> RowMapping:
        """The facts of an order that has a review."""
        found = await self._session.execute(_FACTS, {"order_id": order_id})
        return found.mappings().one()
