"""What offers are worked out from: the rules that run, and what is known of a member."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.promotions.candidates import ORDERS_COUNT, RULE

# In one statement, so that the rules are those of the epoch. Scheduled ones are among them: they
# start by themselves.
RUNNING = text(f"""
SELECT e.number AS epoch, p.code, {RULE}, q.uses_per_member,
       q.total_uses IS NOT NULL OR q.budget_minor IS NOT NULL AS is_limited,
       q.total_uses - q.reserved - q.consumed AS remaining_uses,
       q.budget_minor - q.reserved_minor - q.consumed_minor AS remaining_budget_minor
  FROM (SELECT max(number) AS number FROM promotion_epochs) e
  LEFT JOIN promotions p ON p.status = 'running' AND coalesce(now() < p.ends_at, true)
  LEFT JOIN promotion_quotas q ON q.promotion_id = p.id
 ORDER BY p.priority DESC, p.id
""")

MEMBER = text(f"""
SELECT m.kind, m.tier,
       {ORDERS_COUNT},
       (SELECT json_object_agg(u.promotion_id, u.uses)::text FROM (
            SELECT promotion_id, count(*) AS uses FROM promotion_uses
             WHERE member_id = m.id AND state <> 'released'
               AND promotion_id = ANY(ARRAY(SELECT unnest(CAST(:counted_ids AS uuid[]))))
             GROUP BY promotion_id) u) AS uses,
       ARRAY(SELECT u.sku_id || '/' || u.price_list_id
               FROM price_uses u JOIN prices r USING (sku_id, price_list_id, min_quantity)
              WHERE u.member_id = m.id AND u.released_at IS NULL AND r.min_quantity = 1
              GROUP BY u.sku_id, u.price_list_id, r.per_member
             HAVING sum(u.quantity) >= r.per_member) AS used_up,
       ARRAY(SELECT price_list_id FROM price_list_members WHERE member_id = m.id
              ORDER BY price_list_id) AS own_lists
  FROM members m WHERE m.id = :member_id
""")

ACTIVITY = text(f"""
SELECT {RULE}, p.code, now() AS at,
       q.total_uses - q.reserved - q.consumed AS remaining_uses,
       q.budget_minor - q.reserved_minor - q.consumed_minor AS remaining_budget_minor
  FROM promotions p LEFT JOIN promotion_quotas q ON q.promotion_id = p.id
 WHERE p.code = :code AND p.currency = :currency
   AND (p.channel_ids = '{{}}' OR :channel_id = ANY(p.channel_ids))
   AND (p.status = 'running' OR (p.status = 'ended' AND p.approved_number IS NOT NULL))
""")


class RunningRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def running(self) -> Sequence[Any]:
        """Promotions that run or will by themselves, of all channels, best priority first.

        At least one row, with the epoch; one without `id` tells of that alone.
        """
        return (await self._session.execute(RUNNING)).all()

    async def member(self, member_id: UUID, counted_ids: Sequence[UUID]) -> Any:
        """A member's tier, orders and uses of the promotions `counted_ids`; None for nobody.

        `used_up` names the prices, as `SKU id/list id`, of which the member had all one may have,
        `own_lists` are price lists that name the member.
        """
        values = {"member_id": member_id, "counted_ids": list(counted_ids)}
        return (await self._session.execute(MEMBER, values)).one_or_none()

    async def activity(self, code: str, *, channel_id: UUID, currency: str) -> Any:
        """A promotion of the channel that was started or is over, by its code; None without."""
        values = {"code": code, "channel_id": channel_id, "currency": currency}
        return (await self._session.execute(ACTIVITY, values)).one_or_none()
