"""Candidate promotions of a cart with coupons, what is left of quotas, and the buyer's record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.enums.promotions import MOST_ORDERS

RULE = """p.id, p.version, p.name, p.stage, p.priority, p.status, p.currency, p.channel_ids,
       p.starts_at, p.ends_at, p.needs_coupon, p.scope::text, p.condition::text, p.action::text,
       p.stack::text, p.limits::text"""

# The newest first: of those that fell only what came since is met again and again.
ORDERS_COUNT = f"""(SELECT count(*) FROM (
           SELECT FROM orders o
            WHERE o.member_id = m.id AND o.kind = 'sale' AND o.state <> 'cancelled'
            ORDER BY o.id DESC LIMIT {MOST_ORDERS}) x) AS orders_count"""

DAY = "CAST(b.at AT TIME ZONE q.time_zone AS date)"

# Promotions by coupon are read whatever their state, so that the shopper learns why a code does
# not count. A coupon of somebody else is not found at all.
CANDIDATES = direct(f"""
WITH buyer AS MATERIALIZED (
    SELECT coalesce(CAST(:at AS timestamptz), now()) AS at, m.kind, m.tier,
           {ORDERS_COUNT}
      FROM (SELECT 1) one LEFT JOIN members m ON m.id = CAST(:member_id AS uuid)),
held AS MATERIALIZED (
    SELECT c.id, c.promotion_id, c.code, c.state, c.valid_from, c.valid_to FROM coupons c
     WHERE c.code = ANY(CAST(:codes AS varchar[]))
       AND (c.member_id IS NULL OR c.member_id = :member_id)),
chosen AS (
    SELECT p.*, h.id AS coupon_id, h.code AS coupon_code, h.state AS coupon_state, h.valid_from,
           h.valid_to
      FROM promotions p JOIN held h ON h.promotion_id = p.id
    UNION ALL
    SELECT p.*, NULL, NULL, NULL, NULL, NULL
      FROM promotions p, buyer b
     WHERE NOT p.needs_coupon AND p.status = 'running' AND p.currency = :currency
       AND (p.channel_ids = '{{}}' OR :channel_id = ANY(p.channel_ids))
       AND (p.starts_at IS NULL OR p.starts_at <= b.at)
       AND (p.ends_at IS NULL OR b.at < p.ends_at)
       AND NOT p.id = ANY(CAST(:also AS uuid[]))
    UNION ALL
    SELECT p.*, NULL, NULL, NULL, NULL, NULL
      FROM promotions p
     WHERE p.id = ANY(CAST(:also AS uuid[]))
       AND NOT EXISTS (SELECT 1 FROM held h WHERE h.promotion_id = p.id))
SELECT {RULE}, p.coupon_id, p.coupon_code, p.coupon_state, p.valid_from, p.valid_to,
       least(q.total_uses - q.reserved - q.consumed,
             q.uses_per_day - coalesce((
                 SELECT d.used FROM promotion_days d
                  WHERE d.promotion_id = p.id AND d.day = {DAY}), 0)) AS remaining_uses,
       q.budget_minor - q.reserved_minor - q.consumed_minor AS remaining_budget_minor,
       q.uses_per_member,
       CASE WHEN q.uses_per_member IS NULL THEN 0 ELSE (
           SELECT count(*) FROM promotion_uses u
            WHERE u.promotion_id = p.id AND u.member_id = :member_id
              AND u.state <> 'released') END AS member_uses,
       q.uses_per_member_per_day,
       CASE WHEN q.uses_per_member_per_day IS NULL THEN 0 ELSE (
           SELECT count(*) FROM promotion_uses u
            WHERE u.promotion_id = p.id AND u.member_id = :member_id AND u.day = {DAY}
              AND u.day_slot IS NOT NULL AND u.state <> 'released') END AS member_day_uses,
       b.at, b.kind AS member_kind, b.tier, b.orders_count
  FROM buyer b LEFT JOIN chosen p ON true LEFT JOIN promotion_quotas q ON q.promotion_id = p.id
""")


class CandidateRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def read(
        self,
        *,
        channel_id: UUID,
        currency: str,
        member_id: UUID | None,
        codes: Sequence[str],
        also: Sequence[UUID],
        at: datetime | None,
    ) -> Sequence[Any]:
        """One row per candidate, at least one; a row without `id` tells of the buyer alone.

        `also` are promotions to read whatever their state.
        """
        values = {
            "channel_id": channel_id,
            "currency": currency,
            "member_id": member_id,
            "codes": list(codes),
            "also": list(also),
            "at": at,
        }
        return (await self._session.execute(CANDIDATES, values)).all()
