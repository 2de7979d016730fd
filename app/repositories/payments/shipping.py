"""Payments in whose goods nobody can be sure of the money."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

# What the index of cases without a line has; the case itself is what holds, so nothing can differ.
HOLDS = """
    SELECT c.id AS case_id, c.verdict AS reason, c.state, c.channel, c.day, c.number,
        c.ours_minor AS amount_minor, c.currency
    FROM payment_plans p
    JOIN payment_attempts a ON a.plan_id = p.id
    JOIN payment_receipts r ON r.attempt_id = a.id
    JOIN reconciliation_cases c ON c.receipt_id = r.id AND c.file_id IS NULL
        AND c.resolution IS DISTINCT FROM 'matched'
    WHERE (p.order_id = {order_id} OR p.order_id IN (
            SELECT g.id FROM order_charges g WHERE g.order_id = {order_id}))
      AND c.verdict = 'missing_gateway'
      AND c.state IN ('open', 'proposed')
    ORDER BY c.id
"""
"""Also of what an order was charged besides. Takes the order as an expression.

Documents of orders read it in their own statement.
"""

_HOLDS = text(HOLDS.format(order_id=":order_id"))


class ShippingHoldRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_order(self, order_id: UUID) -> Sequence[RowMapping]:
        """Open cases of payments of an order that their gateway does not state."""
        return (await self._session.execute(_HOLDS, {"order_id": order_id})).mappings().all()
