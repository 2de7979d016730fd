"""Lists for staff: plans, refunds, what needs people."""

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

# What an order was charged besides has plans of its own, under the ids of the charges.
_OF_ORDER = """
    (CAST(:order_id AS uuid) IS NULL OR {owner} = ANY(ARRAY(
        SELECT CAST(:order_id AS uuid)
        UNION ALL SELECT g.id FROM order_charges g WHERE g.order_id = CAST(:order_id AS uuid))))
"""
_PLANS = f"""
    SELECT p.id, p.order_id, p.member_id, p.currency, p.payable_minor, p.state, p.in_review,
        p.review_reason, p.close_reason, p.created_at, p.updated_at,
        (SELECT c.order_id FROM order_charges c WHERE c.id = p.order_id) AS charged_order_id,
        EXISTS (SELECT FROM payment_receipts r WHERE r.plan_id = p.id
                AND r.outcome = 'suspense' AND r.returned_at IS NULL) AS has_suspense
    FROM payment_plans p
    WHERE (CAST(:state AS text) IS NULL OR p.state = CAST(:state AS text))
      AND (CAST(:member_id AS uuid) IS NULL OR p.member_id = CAST(:member_id AS uuid))
      AND {_OF_ORDER.format(owner="p.order_id")}
      AND (NOT CAST(:in_review AS boolean) OR p.in_review)
      AND (CAST(:after AS uuid) IS NULL OR p.id < CAST(:after AS uuid))
    ORDER BY p.id DESC LIMIT {{limit}}
"""

_REFUNDS = f"""
    SELECT t.id, t.refund_id, t.receipt_id, r.number, coalesce(r.order_id, p.order_id) AS order_id,
        t.member_id, t.amount_minor, t.points_withheld_minor,
        coalesce(r.currency, e.currency) AS currency, t.points,
        t.state, t.channel, t.out_refund_no, t.gateway_refund_id, t.queries, t.created_at,
        coalesce(r.reason, e.reason) AS reason
    FROM refund_tenders t
    LEFT JOIN refunds r ON r.id = t.refund_id
    LEFT JOIN payment_receipts e ON e.id = t.receipt_id
    LEFT JOIN payment_plans p ON p.id = e.plan_id
    WHERE (CAST(:state AS text) IS NULL OR t.state = CAST(:state AS text))
      AND {_OF_ORDER.format(owner="coalesce(r.order_id, p.order_id)")}
      AND (CAST(:after AS uuid) IS NULL OR t.id < CAST(:after AS uuid))
    ORDER BY t.id DESC LIMIT {{limit}}
"""

_RECEIPTS = text("""
    SELECT r.id, r.channel, r.transaction_id, r.attempt_id, r.amount_minor, r.currency, r.outcome,
        r.reason, r.created_at, r.returned_at, l.fee_minor
    FROM payment_receipts r
    LEFT JOIN statement_lines l ON l.receipt_id = r.id AND l.verdict = 'matched'
    WHERE r.plan_id = :plan_id ORDER BY r.id
""")

# What came in is one line of a statement, each refund of it another.
_FEE = text("""
    SELECT sum(l.fee_minor)::bigint FROM (
        SELECT l.fee_minor FROM payment_receipts r
        JOIN statement_lines l ON l.receipt_id = r.id AND l.verdict = 'matched'
        WHERE r.plan_id = :plan_id AND r.outcome = 'captured'
        UNION ALL
        SELECT l.fee_minor FROM tenders t JOIN refund_tenders b ON b.tender_id = t.id
        JOIN statement_lines l ON l.refund_part_id = b.id AND l.verdict = 'matched'
        WHERE t.plan_id = :plan_id AND t.kind = 'gateway') l
""")


class PaymentLists:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def plans(self, *, limit: int, **filters: Any) -> list[Row[Any]]:
        return await self._rows(_PLANS, limit, filters)

    async def refunds(self, *, limit: int, **filters: Any) -> list[Row[Any]]:
        return await self._rows(_REFUNDS, limit, filters)

    async def receipts(self, plan_id: Any) -> list[Row[Any]]:
        return list(await self._session.execute(_RECEIPTS, {"plan_id": plan_id}))

    async def fee_minor(self, plan_id: Any) -> int | None:
        """What a gateway kept of a plan, as its statements say; None while none speaks of it."""
        found = await self._session.scalar(_FEE, {"plan_id": plan_id})
        return None if found is None else int(found)

    async def _rows(self, statement: str, limit: int, filters: dict[str, Any]) -> list[Row[Any]]:
        return list(await self._session.execute(text(statement.format(limit=limit)), filters))
