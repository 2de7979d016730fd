"""Payment plans with their tenders and attempts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.ids import new_id
from app.core.json import dump

_INSERT = direct("""
    WITH plan AS (
        INSERT INTO payment_plans
            (id, order_id, member_id, currency, payable_minor, tendered_minor, state,
             refund_policy, refund_valuation, refund_shortfall, refund_grace_days,
             refund_shop_pays, refund_rules_version)
        VALUES (CAST(:id AS uuid), :order_id, CAST(:member_id AS uuid), CAST(:currency AS text),
            :payable_minor, :tendered_minor, :state, :refund_policy, :refund_valuation,
            :refund_shortfall, :refund_grace_days, CAST(:refund_shop_pays AS text[]),
            CAST(:refund_rules_version AS integer))),
    attempt AS (
        INSERT INTO payment_attempts
            (id, plan_id, tender_id, member_id, channel, out_trade_no, amount_minor, currency,
             state, expires_at, pay_with, next_query_at)
        SELECT a.id, CAST(:id AS uuid), a.tender_id, CAST(:member_id AS uuid), a.channel,
            a.out_trade_no, a.amount_minor, CAST(:currency AS text), 'created', a.expires_at,
            CAST(a.pay_with AS jsonb), now() + make_interval(secs => :query_after)
        FROM unnest(
            CAST(:attempt_ids AS uuid[]), CAST(:attempt_tender_ids AS uuid[]),
            CAST(:attempt_channels AS text[]), CAST(:out_trade_nos AS text[]),
            CAST(:attempt_amounts AS bigint[]), CAST(:attempt_expiries AS timestamptz[]),
            CAST(:pay_withs AS text[])
        ) AS a(id, tender_id, channel, out_trade_no, amount_minor, expires_at, pay_with))
    INSERT INTO tenders (id, plan_id, member_id, position, kind, gift_card_id, amount_minor,
        points, exchange_points, point_value_minor, channel, state, instalments, fee_bearer)
    SELECT t.id, CAST(:id AS uuid), CAST(:member_id AS uuid), t.position, t.kind, t.gift_card_id,
        t.amount_minor, t.points, t.exchange_points, t.point_value_minor, t.channel, t.state,
        t.instalments, t.fee_bearer
    FROM unnest(
        CAST(:tender_ids AS uuid[]), CAST(:kinds AS text[]), CAST(:gift_card_ids AS uuid[]),
        CAST(:amounts AS bigint[]), CAST(:points AS integer[]), CAST(:exchanges AS integer[]),
        CAST(:point_values AS integer[]), CAST(:channels AS text[]), CAST(:states AS text[]),
        CAST(:instalments AS smallint[]), CAST(:fee_bearers AS text[])
    ) WITH ORDINALITY AS t(id, kind, gift_card_id, amount_minor, points, exchange_points,
        point_value_minor, channel, state, instalments, fee_bearer, position)
""")

_LOCK = direct("SELECT id FROM payment_plans WHERE id = :id FOR NO KEY UPDATE")
_LOCK_OF_ORDER = direct("SELECT id FROM payment_plans WHERE order_id = :order_id FOR NO KEY UPDATE")

_READ = """
    SELECT p.id, p.order_id, p.member_id, p.currency, p.payable_minor, p.state, p.in_review,
        p.review_reason, p.close_reason, p.created_at, p.version,
        jsonb_build_object('policy', p.refund_policy, 'valuation', p.refund_valuation,
            'shortfall', p.refund_shortfall, 'grace_days', p.refund_grace_days,
            'shop_pays', p.refund_shop_pays, 'version', p.refund_rules_version) AS refund_rules,
        coalesce((SELECT jsonb_agg(jsonb_build_object(
            'id', t.id, 'kind', t.kind, 'amount_minor', t.amount_minor, 'state', t.state,
            'gift_card_id', t.gift_card_id, 'points', t.points, 'channel', t.channel,
            'exchange_points', t.exchange_points, 'instalments', t.instalments,
            'fee_bearer', t.fee_bearer,
            'point_value_minor', t.point_value_minor, 'refunded_minor', t.refunded_minor)
            ORDER BY t.position) FROM tenders t WHERE t.plan_id = p.id), '[]') AS tenders,
        coalesce((SELECT jsonb_agg(jsonb_build_object(
            'id', a.id, 'tender_id', a.tender_id, 'channel', a.channel, 'state', a.state,
            'out_trade_no', a.out_trade_no, 'amount_minor', a.amount_minor,
            'currency', a.currency, 'action', a.action, 'expires_at', a.expires_at,
            'pay_with', a.pay_with, 'told_at', a.updated_at)
            ORDER BY a.id) FROM payment_attempts a WHERE a.plan_id = p.id), '[]') AS attempts,
        coalesce((SELECT jsonb_agg(jsonb_build_array(
                r.channel, r.transaction_id, r.attempt_id, r.outcome))
            FROM payment_receipts r WHERE r.plan_id = p.id), '[]') AS receipts
    FROM payment_plans p WHERE {which}
"""
_SHAPE = {"refund_rules": JSONB, "tenders": JSONB, "attempts": JSONB, "receipts": JSONB}
_READ_ONE = direct(_READ.format(which="p.id = :id"))
_READ_OF_ORDERS = text(_READ.format(which="p.order_id = ANY(CAST(:order_ids AS uuid[]))")).columns(
    **_SHAPE
)

_CLOSING = direct("""
    UPDATE payment_plans SET state = 'closing', close_reason = :reason, version = version + 1,
        updated_at = now()
    WHERE id = :id AND state = 'awaiting'
""")

_CLOSE = direct("""
    WITH attempts AS (
        UPDATE payment_attempts SET version = version + 1, updated_at = now(),
            state = CASE WHEN state IN ('created', 'pending', 'failed') THEN 'closed'
                ELSE state END,
            pay_with = pay_with - CAST('{payer_id,client_ip}' AS text[])
        WHERE plan_id = CAST(:id AS uuid)),
    released AS (UPDATE tenders SET state = 'released' WHERE plan_id = CAST(:id AS uuid))
    UPDATE payment_plans SET state = 'closed', version = version + 1, updated_at = now(),
        close_reason = coalesce(close_reason, :reason)
    WHERE id = CAST(:id AS uuid) AND state IN ('awaiting', 'closing')
""")

# What nothing is left of is gone, but for its tries at a gateway. The columns of the plan move
# together, for a constraint compares them.
_LESSEN = text("""
    WITH lines AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:amounts AS bigint[]),
            CAST(:points AS integer[]), CAST(:exchanges AS integer[]))
            AS w(id, amount_minor, points, exchange_points)),
    kept AS (
        UPDATE tenders t SET amount_minor = w.amount_minor, points = w.points,
            exchange_points = w.exchange_points
        FROM lines w WHERE t.id = w.id AND w.amount_minor > 0),
    gone AS (
        DELETE FROM tenders t USING lines w WHERE t.id = w.id AND w.amount_minor = 0)
    UPDATE payment_plans SET payable_minor = :payable_minor, tendered_minor = :payable_minor,
        version = version + 1, updated_at = now()
    WHERE id = :id AND state = 'awaiting'
""")

_REVIEW = direct("""
    WITH review AS (
        INSERT INTO payment_reviews (id, order_id, plan_id, member_id, kind, reference,
            amount_minor, currency)
        SELECT CAST(:review_id AS uuid), order_id, id, member_id, CAST(:kind AS text),
            CAST(:reference AS text), CAST(:amount_minor AS bigint),
            coalesce(CAST(:currency AS text), currency)
        FROM payment_plans WHERE id = CAST(:id AS uuid)
        ON CONFLICT (plan_id, kind, reference) WHERE state = 'open' DO NOTHING
        RETURNING plan_id)
    UPDATE payment_plans p SET in_review = true, version = version + 1, updated_at = now(),
        review_reason = coalesce(review_reason, CAST(:kind AS text))
    FROM review WHERE p.id = review.plan_id RETURNING p.id
""")

_STALE_CLOSING = direct("""
    SELECT p.id FROM payment_plans p
    WHERE p.state = 'closing' AND p.updated_at <= now() - make_interval(secs => :age)
      AND NOT EXISTS (SELECT FROM payment_attempts a
                      WHERE a.plan_id = p.id AND a.state IN ('created', 'pending'))
    ORDER BY p.id LIMIT :limit
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTender:
    id: UUID
    kind: str
    amount_minor: int
    state: str
    gift_card_id: UUID | None
    points: int | None
    exchange_points: int
    point_value_minor: int | None
    channel: str | None
    instalments: int | None
    fee_bearer: str | None


class PlanRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def insert(
        self,
        plan: Mapping[str, Any],
        tenders: Sequence[NewTender],
        attempts: Sequence[Mapping[str, Any]],
        *,
        query_after_seconds: float,
    ) -> None:
        """A plan, its tenders and its first attempt, if any, in one statement."""
        await self._session.execute(
            _INSERT,
            {
                **plan,
                "tendered_minor": sum(t.amount_minor for t in tenders),
                "query_after": query_after_seconds,
                "attempt_ids": [a["id"] for a in attempts],
                "attempt_tender_ids": [a["tender_id"] for a in attempts],
                "attempt_channels": [a["channel"] for a in attempts],
                "out_trade_nos": [a["out_trade_no"] for a in attempts],
                "attempt_amounts": [a["amount_minor"] for a in attempts],
                "attempt_expiries": [a["expires_at"] for a in attempts],
                "pay_withs": [dump(a["pay_with"]) for a in attempts],
                "tender_ids": [t.id for t in tenders],
                "kinds": [t.kind for t in tenders],
                "gift_card_ids": [t.gift_card_id for t in tenders],
                "amounts": [t.amount_minor for t in tenders],
                "points": [t.points for t in tenders],
                "exchanges": [t.exchange_points for t in tenders],
                "point_values": [t.point_value_minor for t in tenders],
                "channels": [t.channel for t in tenders],
                "states": [t.state for t in tenders],
                "instalments": [t.instalments for t in tenders],
                "fee_bearers": [t.fee_bearer for t in tenders],
            },
        )

    async def lock(self, plan_id: UUID) -> None:
        """Wait for the plan. What belongs to it is read after, so that nothing stale is seen."""
        await self._session.execute(_LOCK, {"id": plan_id})

    async def lock_of_order(self, order_id: UUID) -> UUID | None:
        found = await self._session.scalar(_LOCK_OF_ORDER, {"order_id": order_id})
        return found if isinstance(found, UUID) else None

    async def read(self, plan_id: UUID) -> RowMapping | None:
        return (await self._session.execute(_READ_ONE, {"id": plan_id})).mappings().first()

    async def of_orders(self, order_ids: Sequence[UUID]) -> list[RowMapping]:
        found = await self._session.execute(_READ_OF_ORDERS, {"order_ids": list(order_ids)})
        return list(found.mappings())

    async def lessen(
        self,
        plan_id: UUID,
        payable_minor: int,
        tenders: Sequence[tuple[UUID, int, int | None, int]],
    ) -> None:
        """Have a locked plan pay less: by tender what it pays, in points, of them for goods."""
        ids, amounts, points, exchanges = zip(*tenders, strict=True)
        values: dict[str, Any] = {"id": plan_id, "payable_minor": payable_minor}
        values |= {"ids": list(ids), "amounts": list(amounts)}
        values |= {"points": list(points), "exchanges": list(exchanges)}
        await self._session.execute(_LESSEN, values)

    async def begin_closing(self, plan_id: UUID, reason: str) -> None:
        await self._session.execute(_CLOSING, {"id": plan_id, "reason": reason})

    async def close(self, plan_id: UUID, reason: str) -> None:
        """The plan, its tenders and every attempt not paid; who was to pay is forgotten."""
        await self._session.execute(_CLOSE, {"id": plan_id, "reason": reason})

    async def review(self, plan_id: UUID, kind: str, about: Mapping[str, Any]) -> bool:
        """Have people look at the plan; True unless they are to look at the same matter already.

        `about` is the matter's `reference`, `amount_minor` and `currency`.
        """
        values = {"id": plan_id, "review_id": new_id(), "kind": kind, **about}
        return (await self._session.execute(_REVIEW, values)).first() is not None

    async def stuck_closing(self, *, age_seconds: float, limit: int) -> list[UUID]:
        """Plans that are closing although no attempt is open, so nothing else asks about them."""
        parameters = {"age": age_seconds, "limit": limit}
        return list((await self._session.execute(_STALE_CLOSING, parameters)).scalars())
