"""Parts of refunds on their way through a gateway, and those that need people."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

_DUE = text("""
    UPDATE refund_tenders SET queries = queries + 1,
        next_query_at = now() + make_interval(secs => :query_after * (2 ^ least(queries, 6)))
    WHERE id IN (
        SELECT id FROM refund_tenders WHERE state = 'pending' AND next_query_at <= now()
        ORDER BY next_query_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING id
""")

_CLAIM_OF_PLAN = text("""
    UPDATE refund_tenders t SET queries = queries + 1,
        next_query_at = now() + make_interval(secs => :query_after * (2 ^ least(queries, 6)))
    WHERE t.state = 'pending' AND (
        t.refund_id = ANY(ARRAY(SELECT id FROM refunds WHERE plan_id = :plan_id))
        OR t.receipt_id = ANY(ARRAY(SELECT id FROM payment_receipts WHERE plan_id = :plan_id)))
    RETURNING id
""")

_PART = """
    SELECT t.id, t.refund_id, t.receipt_id, t.tender_id, t.member_id,
        t.amount_minor - t.points_withheld_minor AS amount_minor, t.state, t.channel,
        t.out_trade_no, t.out_refund_no, t.queries, t.fallback,
        coalesce(r.order_id, p.order_id) AS order_id,
        coalesce(r.plan_id, e.plan_id) AS plan_id, coalesce(r.currency, e.currency) AS currency,
        r.number, r.reason, coalesce(e.transaction_id, c.transaction_id) AS transaction_id,
        coalesce(e.amount_minor, c.amount_minor) AS total_minor, t.created_at,
        t.created_at <= now() - make_interval(secs => :review_after) AS is_old
    FROM refund_tenders t
    LEFT JOIN refunds r ON r.id = t.refund_id
    LEFT JOIN payment_receipts e ON e.id = t.receipt_id
    LEFT JOIN payment_plans p ON p.id = e.plan_id
    LEFT JOIN payment_receipts c ON c.plan_id = r.plan_id AND c.outcome = 'captured'
"""
_PART_BY_ID = text(f"{_PART} WHERE t.id = :id")
_PART_BY_NUMBER = text(f"{_PART} WHERE t.out_refund_no = :number AND t.channel = :channel")

# A part is finished once; the refund and its plan follow when no part is left.
_FINISH = text("""
    WITH part AS (
        UPDATE refund_tenders SET state = 'succeeded', next_query_at = NULL,
            gateway_refund_id = coalesce(CAST(:gateway_refund_id AS text), gateway_refund_id),
            fallback = :fallback, fallback_reference = :fallback_reference, consent = :consent,
            settled_by = :settled_by
        WHERE id = :id AND state = ANY(CAST(:was AS text[])) RETURNING id, refund_id, receipt_id),
    receipt AS (
        UPDATE payment_receipts SET returned_at = now()
        WHERE id = (SELECT receipt_id FROM part)),
    refund AS (
        UPDATE refunds SET state = 'succeeded', succeeded_at = now(), version = version + 1,
            updated_at = now()
        WHERE id = (SELECT refund_id FROM part)
          AND NOT EXISTS (SELECT FROM refund_tenders t, part
              WHERE t.refund_id = part.refund_id AND t.id <> part.id
                AND t.state IN ('pending', 'failed'))
        RETURNING id, plan_id),
    plan AS (
        UPDATE payment_plans p SET version = version + 1, updated_at = now(),
            state = CASE WHEN EXISTS (SELECT FROM tenders t
                    WHERE t.plan_id = p.id AND t.refunded_minor < t.amount_minor)
                OR EXISTS (SELECT FROM refunds o, refund
                    WHERE o.plan_id = p.id AND o.id <> refund.id
                      AND o.state IN ('pending', 'waiting'))
                THEN 'partly_refunded' ELSE 'refunded' END
        FROM refund WHERE p.id = refund.plan_id RETURNING p.state)
    SELECT (SELECT count(*) FROM part) AS finished, (SELECT count(*) FROM refund) AS refunds,
        (SELECT state FROM plan) AS plan_state
""")

_FAIL = text("""
    UPDATE refund_tenders SET state = 'failed', failed_at = now(), next_query_at = NULL
    WHERE id = :id AND state = 'pending' RETURNING id
""")
_RETRY = text("""
    UPDATE refund_tenders SET state = 'pending', queries = 0, next_query_at = now(),
        settled_by = :settled_by
    WHERE id = :id AND state = 'failed' RETURNING id
""")

_NO_FALLBACK: dict[str, Any] = dict.fromkeys(
    ("fallback", "fallback_reference", "consent", "settled_by")
)


class RefundQueueRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def due(self, *, query_after_seconds: float, limit: int) -> list[UUID]:
        """Claim pending parts whose time has come; the wait doubles with every try."""
        parameters = {"query_after": query_after_seconds, "limit": limit}
        return list((await self._session.execute(_DUE, parameters)).scalars())

    async def claim_of_plan(self, plan_id: UUID, *, query_after_seconds: float) -> list[UUID]:
        """Claim every pending part of a plan, whenever its time would have come."""
        parameters = {"plan_id": plan_id, "query_after": query_after_seconds}
        return list((await self._session.execute(_CLAIM_OF_PLAN, parameters)).scalars())

    async def part(self, part_id: UUID, *, review_after_seconds: float = 0) -> RowMapping | None:
        parameters = {"id": part_id, "review_after": review_after_seconds}
        return (await self._session.execute(_PART_BY_ID, parameters)).mappings().first()

    async def part_of(
        self, channel: str, number: str, *, review_after_seconds: float = 0
    ) -> RowMapping | None:
        parameters = {"channel": channel, "number": number, "review_after": review_after_seconds}
        return (await self._session.execute(_PART_BY_NUMBER, parameters)).mappings().first()

    async def finish(self, part_id: UUID, gateway_refund_id: str | None) -> RowMapping:
        """The gateway gave a pending part back, or one that had failed after all."""
        values = {
            **_NO_FALLBACK,
            "id": part_id,
            "gateway_refund_id": gateway_refund_id,
            "was": ["pending", "failed"],
        }
        return (await self._session.execute(_FINISH, values)).mappings().one()

    async def fall_back(self, part_id: UUID, how: Mapping[str, Any]) -> RowMapping:
        """A failed part goes another way: `how` is kind, reference, consent and who saw to it."""
        values = {
            **_NO_FALLBACK,
            **how,
            "id": part_id,
            "gateway_refund_id": None,
            "was": ["failed"],
        }
        return (await self._session.execute(_FINISH, values)).mappings().one()

    async def fail(self, part_id: UUID) -> bool:
        return (await self._session.execute(_FAIL, {"id": part_id})).first() is not None

    async def retry(self, part_id: UUID, *, actor: str) -> bool:
        """Order a failed part again, as if for the first time."""
        values = {"id": part_id, "settled_by": actor}
        return (await self._session.execute(_RETRY, values)).first() is not None
