"""What refunds have taken of an order so far, in one statement."""

from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

# What waits for a second person counts as taken; what was given up does not.
_STANDING = text("""
    WITH live AS (
        SELECT id, kind, state FROM refunds
        WHERE plan_id = :plan_id AND state NOT IN ('rejected', 'cancelled'))
    SELECT
        coalesce((SELECT jsonb_agg(jsonb_build_array(c.refund_id, c.line_id, c.first_index,
                c.quantity, c.tender_id, c.amount_minor, r.kind) ORDER BY c.refund_id, c.position)
            FROM refund_cells c JOIN live r ON r.id = c.refund_id), '[]') AS cells,
        coalesce((SELECT jsonb_agg(jsonb_build_array(
                u.line_id, u.first_index, u.quantity, u.is_waiting)
                ORDER BY u.line_id, u.first_index)
            FROM (SELECT line_id, is_waiting, min(unit_index) AS first_index, count(*) AS quantity
                  FROM (SELECT u.line_id, u.unit_index, r.state = 'waiting' AS is_waiting,
                            u.unit_index - row_number() OVER (
                                PARTITION BY u.line_id, r.state = 'waiting'
                                ORDER BY u.unit_index) AS island
                        FROM refund_units u JOIN live r ON r.id = u.refund_id) numbered
                  GROUP BY line_id, is_waiting, island) u), '[]') AS units,
        coalesce((SELECT jsonb_agg(id ORDER BY id) FROM live WHERE state = 'waiting'), '[]')
            AS waiting,
        EXISTS (SELECT FROM live WHERE state = 'pending') AS has_pending,
        coalesce((SELECT sum(r.withheld_minor) FROM refunds r JOIN live USING (id)), 0)::bigint
            AS withheld_minor,
        coalesce((SELECT jsonb_object_agg(g.line_id, g.minor) FROM (
            SELECT g.line_id, sum(g.amount_minor)::bigint AS minor
            FROM refund_gifts g JOIN live r ON r.id = g.refund_id GROUP BY 1) g), '{}')
            AS withheld_for,
        coalesce((SELECT jsonb_agg(jsonb_build_array(t.tender_id, t.amount_minor, t.points, t.state)
                ORDER BY t.id)
            FROM refund_tenders t JOIN live r ON r.id = t.refund_id), '[]') AS parts,
        EXISTS (SELECT FROM payment_disputes
                WHERE plan_id = :plan_id AND state = 'open') AS is_disputed,
        (SELECT to_jsonb(e) FROM points_earnings e WHERE e.order_id = :order_id) AS earning,
        coalesce((SELECT sum(l.remaining) FROM points_lots l WHERE l.member_id = :member_id
            AND l.currency = :currency AND l.remaining > 0 AND l.expires_at > now()), 0)::bigint
            + coalesce((SELECT n.quantity - n.taken_back FROM pending_points n
                WHERE n.source = 'order\\:' || CAST(CAST(:order_id AS uuid) AS text)
                  AND n.state = 'pending'), 0)
            AS points_available
""").columns(
    cells=JSONB, units=JSONB, waiting=JSONB, parts=JSONB, earning=JSONB, withheld_for=JSONB
)


class RefundStandingRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def read(
        self, *, plan_id: UUID, order_id: UUID, member_id: UUID, currency: str
    ) -> RowMapping:
        found = await self._session.execute(
            _STANDING,
            {
                "plan_id": plan_id,
                "order_id": order_id,
                "member_id": member_id,
                "currency": currency,
            },
        )
        return found.mappings().one()
