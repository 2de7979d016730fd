"""Gateway attempts, receipts, and the moves a success makes."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.json import dump

_KEY = """
    SELECT a.id AS attempt_id, a.plan_id, p.order_id, a.channel, a.out_trade_no, a.state,
        a.amount_minor, a.currency, a.expires_at, a.action IS NOT NULL AS has_action,
        p.state AS plan_state, a.expires_at <= now() AS has_expired,
        a.created_at <= now() - make_interval(secs => :review_after) AS is_old
    FROM payment_attempts a JOIN payment_plans p ON p.id = a.plan_id
"""
_BY_ID = direct(f"{_KEY} WHERE a.id = :id")
_BY_NUMBER = direct(f"{_KEY} WHERE a.out_trade_no = :number AND a.channel = :channel")

_INSERT = direct("""
    INSERT INTO payment_attempts
        (id, plan_id, tender_id, member_id, channel, out_trade_no, amount_minor, currency,
         state, expires_at, pay_with, next_query_at)
    VALUES (:id, :plan_id, :tender_id, :member_id, :channel, :out_trade_no, :amount_minor,
        :currency, 'created', :expires_at, CAST(:pay_with AS jsonb),
        now() + make_interval(secs => :query_after))
""")

# What two of us were told for the same number is the same; who was told nothing forgets nothing.
_STARTED = direct("""
    UPDATE payment_attempts a SET state = 'pending',
        action = coalesce(CAST(:action AS jsonb), a.action),
        version = a.version + 1, updated_at = now(),
        next_query_at = now() + make_interval(secs => :query_after)
    FROM payment_plans p
    WHERE a.id = :id AND a.state IN ('created', 'pending') AND p.id = a.plan_id
    RETURNING a.action::text AS action, p.state AS plan_state, p.in_review
""")

_MOVE = direct("""
    UPDATE payment_attempts SET state = :state, version = version + 1, updated_at = now()
    WHERE id = :id
""")

_FAIL = direct("""
    UPDATE payment_attempts SET state = 'failed', version = version + 1, updated_at = now()
    WHERE id = :id AND state IN ('created', 'pending')
""")

_RECEIPT = """
    WITH receipt AS (
        INSERT INTO payment_receipts (id, channel, transaction_id, attempt_id, plan_id, member_id,
            amount_minor, currency, outcome, reason)
        VALUES (:receipt_id, :channel, :transaction_id, :attempt_id, :plan_id, :member_id,
            :amount_minor, :currency, :outcome, :reason)
        ON CONFLICT (channel, transaction_id) DO NOTHING RETURNING id),
    noted AS (
        UPDATE gateway_events SET processed_at = now(),
            outcome = CASE WHEN EXISTS (SELECT FROM receipt) THEN :verdict ELSE 'duplicate' END
        WHERE id = CAST(:event_id AS uuid)),
"""

# Other open attempts end here: a paid plan has none, and need not know who was to pay.
_CAPTURE = direct(f"""
    {_RECEIPT}
    attempts AS (
        UPDATE payment_attempts SET version = version + 1, updated_at = now(),
            state = CASE WHEN id = CAST(:attempt_id AS uuid) THEN 'succeeded'
                WHEN state IN ('created', 'pending') THEN 'closed' ELSE state END,
            pay_with = pay_with - CAST('{{payer_id,client_ip}}' AS text[])
        WHERE plan_id = CAST(:plan_id AS uuid) AND EXISTS (SELECT FROM receipt)),
    captured AS (
        UPDATE tenders SET state = 'captured',
            channel = CASE WHEN kind = 'gateway' THEN :channel ELSE channel END,
            instalments = CASE WHEN kind = 'gateway' THEN CAST(:instalments AS smallint) END,
            fee_bearer = CASE WHEN kind = 'gateway' THEN CAST(:fee_bearer AS text) END
        WHERE plan_id = CAST(:plan_id AS uuid) AND EXISTS (SELECT FROM receipt))
    UPDATE payment_plans SET state = 'paid', version = version + 1, updated_at = now()
    WHERE id = CAST(:plan_id AS uuid) AND state IN ('awaiting', 'closing')
      AND EXISTS (SELECT FROM receipt)
    RETURNING id
""")

_KEEP_APART = direct(f"""
    {_RECEIPT}
    attempts AS (
        UPDATE payment_attempts SET state = 'succeeded', version = version + 1, updated_at = now()
        WHERE id = :attempt_id AND EXISTS (SELECT FROM receipt))
    INSERT INTO refund_tenders (id, receipt_id, member_id, amount_minor, state, channel,
        out_trade_no, out_refund_no, next_query_at)
    SELECT :refund_id, receipt.id, :member_id, :amount_minor, 'pending', :channel, :out_trade_no,
        :out_refund_no, now() FROM receipt
    RETURNING id
""")

# The wait doubles with every question: 1, 2, 4 … 64 times `query_after`.
_DUE = direct("""
    UPDATE payment_attempts SET queries = queries + 1,
        next_query_at = now() + make_interval(secs => :query_after * (2 ^ least(queries, 6)))
    WHERE id IN (
        SELECT id FROM payment_attempts
        WHERE state IN ('created', 'pending') AND next_query_at <= now()
        ORDER BY next_query_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING id
""")


class Started(NamedTuple):
    """The action an attempt has now, as the gateway gave it, and how its plan stands."""

    action: Any
    plan_state: str
    in_review: bool


class AttemptRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def key(self, attempt_id: UUID, *, review_after_seconds: float = 0) -> RowMapping | None:
        parameters = {"id": attempt_id, "review_after": review_after_seconds}
        return (await self._session.execute(_BY_ID, parameters)).mappings().first()

    async def key_of(self, channel: str, number: str) -> RowMapping | None:
        parameters = {"channel": channel, "number": number, "review_after": 0}
        return (await self._session.execute(_BY_NUMBER, parameters)).mappings().first()

    async def insert(self, attempt: Mapping[str, Any], *, query_after_seconds: float) -> None:
        await self._session.execute(_INSERT, {**attempt, "query_after": query_after_seconds})

    async def started(
        self, attempt_id: UUID, action: Mapping[str, Any] | None, *, query_after_seconds: float
    ) -> Started | None:
        """Pending now. Without an action the gateway's answer was lost: ask before retrying.

        Returns the action that is stored and how the plan stands; None if the attempt has ended.
        """
        parameters = {
            "id": attempt_id,
            "action": None if action is None else dump(action),
            "query_after": query_after_seconds,
        }
        row = (await self._session.execute(_STARTED, parameters)).first()
        if row is None:
            return None
        return Started(row.action and orjson.loads(row.action), row.plan_state, row.in_review)

    async def move(self, attempt_id: UUID, state: str) -> None:
        await self._session.execute(_MOVE, {"id": attempt_id, "state": state})

    async def fail(self, attempt_id: UUID) -> None:
        await self._session.execute(_FAIL, {"id": attempt_id})

    async def capture(self, receipt: Mapping[str, Any]) -> bool:
        """Receipt, attempts, tenders, plan and notice at once; False if the money was known."""
        return (await self._session.execute(_CAPTURE, receipt)).first() is not None

    async def keep_apart(self, receipt: Mapping[str, Any]) -> bool:
        """Receipt of money that pays nothing, and the order to return it."""
        return (await self._session.execute(_KEEP_APART, receipt)).first() is not None

    async def due(self, *, query_after_seconds: float, limit: int) -> list[UUID]:
        """Claim open attempts nobody has heard of for a while; each is claimed by one caller."""
        parameters = {"query_after": query_after_seconds, "limit": limit}
        return list((await self._session.execute(_DUE, parameters)).scalars())
