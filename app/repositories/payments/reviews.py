"""What people have to look at about payments, and whether it has settled itself meanwhile."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.keyset import before

# A matter is settled when the books say so, whatever people say: nothing more can come of the
# attempts, the money kept apart is back, the refund has arrived.
_IS_SETTLED = """
    CASE
    WHEN v.kind IN ('unanswered', 'contradicted', 'channel_gone') THEN p.state <> 'closing'
        AND NOT EXISTS (SELECT FROM payment_attempts a
            WHERE a.plan_id = v.plan_id AND a.state IN ('created', 'pending'))
    WHEN v.kind IN ('amount_mismatch', 'currency_mismatch') THEN NOT EXISTS (
        SELECT FROM payment_receipts e
        WHERE e.plan_id = v.plan_id AND e.outcome = 'suspense' AND e.returned_at IS NULL
          AND v.reference IN ('', e.transaction_id))
    WHEN v.kind IN ('refund_failed', 'refund_abnormal', 'refund_unanswered') THEN NOT EXISTS (
        SELECT FROM refunds f JOIN refund_tenders t ON t.refund_id = f.id
        WHERE f.plan_id = v.plan_id AND t.state IN ('pending', 'failed')
          AND v.reference IN ('', t.out_refund_no))
        AND NOT EXISTS (
        SELECT FROM payment_receipts e JOIN refund_tenders t ON t.receipt_id = e.id
        WHERE e.plan_id = v.plan_id AND t.state IN ('pending', 'failed')
          AND v.reference IN ('', t.out_refund_no))
    WHEN v.kind IN ('transfer_amount_mismatch', 'transfer_second', 'transfer_late')
        THEN NOT EXISTS (SELECT FROM collections c
            WHERE c.plan_id = v.plan_id AND c.state = 'apart' AND v.reference IN ('', c.reference))
    ELSE true END
"""
_SELECT = f"""
    SELECT v.id, v.order_id, v.plan_id, v.member_id, v.kind, v.reference, v.amount_minor,
        v.currency, v.state, v.assignee, v.closed_by, v.closed_for, v.closed_at, v.version,
        v.created_at, t.id AS part_id, t.state AS part_state, t.refund_id IS NOT NULL AS is_refund,
        (SELECT c.id FROM collections c WHERE c.plan_id = v.plan_id AND c.state = 'apart'
            AND c.reference = v.reference) AS collection_id,
        {_IS_SETTLED} AS is_settled
    FROM payment_reviews v JOIN payment_plans p ON p.id = v.plan_id
    LEFT JOIN refund_tenders t ON t.out_refund_no = v.reference
"""
_LIST = text(f"""
    {_SELECT}
    WHERE {before("v.id")} AND v.state = :state
      AND (CAST(:kind AS text) IS NULL OR v.kind = CAST(:kind AS text))
      AND (CAST(:order_id AS uuid) IS NULL OR v.order_id = CAST(:order_id AS uuid))
      AND (CAST(:assignee AS text) IS NULL OR v.assignee = CAST(:assignee AS text))
    ORDER BY v.id DESC LIMIT :limit
""")
_READ = text(f"{_SELECT} WHERE v.id = :id")
_ASSIGN = text("""
    UPDATE payment_reviews SET assignee = :assignee, version = version + 1, updated_at = now()
    WHERE id = :id AND state = 'open' AND version = :version RETURNING id
""")
# The plan is looked at no more when nothing of it is open.
_CLOSE = text("""
    WITH closed AS (
        UPDATE payment_reviews SET state = 'closed', closed_by = :closed_by, closed_at = now(),
            closed_for = :closed_for, version = version + 1, updated_at = now()
        WHERE id = :id AND state = 'open' RETURNING id, plan_id),
    plan AS (
        UPDATE payment_plans p SET in_review = false, review_reason = NULL,
            version = version + 1, updated_at = now()
        FROM closed WHERE p.id = closed.plan_id AND NOT EXISTS (
            SELECT FROM payment_reviews o
            WHERE o.plan_id = p.id AND o.state = 'open' AND o.id <> closed.id))
    SELECT id FROM closed
""")


class ReviewRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, *, limit: int, **filters: Any) -> list[Row[Any]]:
        return list(await self._session.execute(_LIST, {"limit": limit, **filters}))

    async def read(self, review_id: UUID) -> RowMapping | None:
        return (await self._session.execute(_READ, {"id": review_id})).mappings().first()

    async def assign(self, review_id: UUID, *, assignee: str | None, version: int) -> bool:
        """Whether it was open and of that version."""
        values = {"id": review_id, "assignee": assignee, "version": version}
        return (await self._session.execute(_ASSIGN, values)).first() is not None

    async def close(self, review_id: UUID, how: Mapping[str, str]) -> bool:
        """Whether it was open. `how` is who closed it, and what for; the plan is locked."""
        return (await self._session.execute(_CLOSE, {"id": review_id, **how})).first() is not None
