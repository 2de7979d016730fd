"""What an order consists of as payments see it: runs of like units."""

from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

_ROWS = text("""
    SELECT o.payable_minor, o.tax_minor AS order_tax_minor,
        (o.priced_with ->> 'shipping_tax_rate_bps')::integer AS shipping_tax_rate_bps,
        o.tax_mode, l.id AS line_id, l.tax_rate_bps, l.exchange_points,
        l.quantity AS line_quantity, u.first_index, u.count AS quantity, u.net_minor, u.tax_minor,
        (SELECT array_agg(e.unit_index ORDER BY e.unit_index) FROM earned_units e
         WHERE e.line_id = l.id AND e.unit_index >= u.first_index
           AND e.unit_index < u.first_index + u.count) AS earned,
        EXISTS (SELECT FROM recognitions r WHERE r.order_id = o.id AND r.has_shipping)
            AS is_shipping_earned,
        (SELECT t.point_value_minor FROM tenders t JOIN payment_plans p ON p.id = t.plan_id
         WHERE p.order_id = o.id AND t.kind = 'points') AS point_value_minor
    FROM orders o
    JOIN order_lines l ON l.order_id = o.id
    JOIN order_units u ON u.line_id = l.id
    WHERE o.id = :order_id
    ORDER BY l.position, u.first_index
""")


_DISCOUNTS = text("""
    SELECT l.id AS line_id, u.first_index, u.count AS quantity, l.tax_rate_bps, o.currency,
        u.discounts
    FROM orders o
    JOIN order_lines l ON l.order_id = o.id
    JOIN order_units u ON u.line_id = l.id
    WHERE o.id = :order_id AND u.discounts <> '[]'
    ORDER BY l.position, u.first_index
""").columns(discounts=JSONB)

_GIVEN = text("""
    SELECT l.id AS line_id, coalesce(l.promotion_id, l.merchant_id) AS giver_id, l.unit_cost_minor
    FROM order_lines l JOIN orders o ON o.id = l.order_id
    WHERE o.id = :order_id AND (l.is_gift OR o.kind <> 'sale') ORDER BY l.position
""")


class RowRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, order_id: UUID) -> list[RowMapping]:
        """Runs of units in the order of lines, each with facts of its order and line."""
        found = await self._session.execute(_ROWS, {"order_id": order_id})
        return list(found.mappings())

    async def discounts(self, order_id: UUID) -> list[RowMapping]:
        """Runs of units that promotions took something off, with what each took off one."""
        found = await self._session.execute(_DISCOUNTS, {"order_id": order_id})
        return list(found.mappings())

    async def given(self, order_id: UUID) -> list[RowMapping]:
        """Lines that were given for nothing, who gave them, and what one piece cost."""
        found = await self._session.execute(_GIVEN, {"order_id": order_id})
        return list(found.mappings())
