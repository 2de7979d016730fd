"""Refunds and their parts."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

_INSERT = text("""
    WITH refund AS (
        INSERT INTO refunds (id, number, order_id, plan_id, member_id, currency, amount_minor,
            state, reason, actor, succeeded_at)
        VALUES (CAST(:id AS uuid), :number, :order_id, CAST(:plan_id AS uuid),
            CAST(:member_id AS uuid), :currency, :amount_minor, CAST(:state AS text),
            :reason, :actor, CASE CAST(:state AS text) WHEN 'succeeded' THEN now() END)),
    part AS (
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:tender_ids AS uuid[]), CAST(:amounts AS bigint[]),
            CAST(:points AS integer[]), CAST(:states AS text[]), CAST(:channels AS text[]),
            CAST(:out_trade_nos AS text[]), CAST(:out_refund_nos AS text[])
        ) AS p(id, tender_id, amount_minor, points, state, channel, out_trade_no, out_refund_no)),
    tendered AS (
        UPDATE tenders t SET refunded_minor = t.refunded_minor + p.amount_minor
        FROM part p WHERE t.id = p.tender_id),
    parts AS (
        INSERT INTO refund_tenders (id, refund_id, tender_id, member_id, amount_minor, points,
            state, channel, out_trade_no, out_refund_no, next_query_at)
        SELECT p.id, CAST(:id AS uuid), p.tender_id, CAST(:member_id AS uuid), p.amount_minor,
            p.points, p.state, p.channel, p.out_trade_no, p.out_refund_no,
            CASE p.state WHEN 'pending' THEN now() END
        FROM part p)
    UPDATE payment_plans SET state = :plan_state, version = version + 1, updated_at = now()
    WHERE id = CAST(:plan_id AS uuid)
""")

_READ = """
    SELECT r.id, r.number, r.order_id, r.plan_id, r.member_id, r.currency, r.amount_minor, r.state,
        r.reason, r.actor, r.created_at, r.succeeded_at,
        (SELECT jsonb_agg(jsonb_build_object(
            'tender_id', t.tender_id, 'amount_minor', t.amount_minor, 'points', t.points,
            'state', t.state, 'channel', t.channel, 'out_refund_no', t.out_refund_no)
            ORDER BY t.id) FROM refund_tenders t WHERE t.refund_id = r.id) AS parts
    FROM refunds r WHERE {which}
"""
_BY_NUMBER = text(_READ.format(which="r.number = :number")).columns(parts=JSONB)
_OF_ORDER = text(_READ.format(which="r.order_id = :order_id ORDER BY r.id")).columns(parts=JSONB)

_CARDS = text("""
    SELECT id, expires_at, now() AS at FROM gift_cards
    WHERE id = ANY(CAST(:ids AS uuid[])) AND expires_at IS NOT NULL
    ORDER BY id FOR NO KEY UPDATE
""")
_RENEW = text(
    "UPDATE gift_cards SET expires_at = :expires_at, version = version + 1 WHERE id = :id"
)

_DUE = text("""
    UPDATE refund_tenders SET queries = queries + 1,
        next_query_at = now() + make_interval(secs => :query_after * (2 ^ least(queries, 6)))
    WHERE id IN (
        SELECT id FROM refund_tenders WHERE state = 'pending' AND next_query_at <= now()
        ORDER BY next_query_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING id
""")

_PART = """
    SELECT t.id, t.refund_id, t.receipt_id, t.amount_minor, t.state, t.channel, t.out_trade_no,
        t.out_refund_no, t.queries, coalesce(r.order_id, p.order_id) AS order_id,
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
        UPDATE refund_tenders SET state = 'succeeded', gateway_refund_id = :refund_id,
            next_query_at = NULL
        WHERE id = :id AND state = 'pending' RETURNING id, refund_id, receipt_id),
    receipt AS (
        UPDATE payment_receipts SET returned_at = now()
        WHERE id = (SELECT receipt_id FROM part)),
    refund AS (
        UPDATE refunds SET state = 'succeeded', succeeded_at = now(), version = version + 1,
            updated_at = now()
        WHERE id = (SELECT refund_id FROM part)
          AND NOT EXISTS (SELECT FROM refund_tenders t, part
              WHERE t.refund_id = part.refund_id AND t.id <> part.id AND t.state = 'pending')
        RETURNING id, plan_id),
    plan AS (
        UPDATE payment_plans p SET version = version + 1, updated_at = now(),
            state = CASE WHEN EXISTS (SELECT FROM tenders t
                    WHERE t.plan_id = p.id AND t.refunded_minor < t.amount_minor)
                OR EXISTS (SELECT FROM refunds o, refund
                    WHERE o.plan_id = p.id AND o.id <> refund.id AND o.state = 'pending')
                THEN 'partly_refunded' ELSE 'refunded' END
        FROM refund WHERE p.id = refund.plan_id RETURNING p.state)
    SELECT (SELECT count(*) FROM part) AS finished, (SELECT count(*) FROM refund) AS refunds,
        (SELECT state FROM plan) AS plan_state
""")


class RefundRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def insert(self, refund: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> None:
        """A refund with its parts; what it takes is counted on the tenders at once."""
        columns = {
            "ids": "id",
            "tender_ids": "tender_id",
            "amounts": "amount_minor",
            "points": "points",
            "states": "state",
            "channels": "channel",
            "out_trade_nos": "out_trade_no",
            "out_refund_nos": "out_refund_no",
        }
        arrays = {name: [part[key] for part in parts] for name, key in columns.items()}
        await self._session.execute(_INSERT, {**refund, **arrays})

    async def by_number(self, number: str) -> RowMapping | None:
        return (await self._session.execute(_BY_NUMBER, {"number": number})).mappings().first()

    async def of_order(self, order_id: UUID) -> list[RowMapping]:
        found = await self._session.execute(_OF_ORDER, {"order_id": order_id})
        return list(found.mappings())

    async def cards(self, ids: Sequence[UUID]) -> list[RowMapping]:
        """Cards that expire, locked in id order."""
        return list((await self._session.execute(_CARDS, {"ids": list(ids)})).mappings())

    async def renew(self, cards: Sequence[Mapping[str, Any]]) -> None:
        if cards:
            await self._session.execute(_RENEW, list(cards))

    async def due(self, *, query_after_seconds: float, limit: int) -> list[UUID]:
        """Claim pending parts whose time has come; the wait doubles with every try."""
        parameters = {"query_after": query_after_seconds, "limit": limit}
        return list((await self._session.execute(_DUE, parameters)).scalars())

    async def part(self, part_id: UUID, *, review_after_seconds: float) -> RowMapping | None:
        parameters = {"id": part_id, "review_after": review_after_seconds}
        return (await self._session.execute(_PART_BY_ID, parameters)).mappings().first()

    async def part_of(self, channel: str, number: str) -> RowMapping | None:
        parameters = {"channel": channel, "number": number, "review_after": 0}
        return (await self._session.execute(_PART_BY_NUMBER, parameters)).mappings().first()

    async def finish(self, part_id: UUID, refund_id: str | None) -> RowMapping:
        parameters = {"id": part_id, "refund_id": refund_id}
        return (await self._session.execute(_FINISH, parameters)).mappings().one()
