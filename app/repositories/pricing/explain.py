"""Every price a SKU has anywhere, for staff who ask why one counts and others do not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

EVERY_PRICE = text("""
WITH buyer AS MATERIALIZED (
    SELECT coalesce(CAST(:tier AS varchar),
                    (SELECT tier FROM members WHERE id = CAST(:member_id AS uuid))) AS tier,
           coalesce(CAST(:at AS timestamptz), now()) AS at)
SELECT l.id, l.code, l.name, l.kind, l.currency, l.channel_id, l.tier, l.starts_at, l.ends_at,
       r.min_quantity, n.minor AS price_minor, r.quota, r.per_member, r.sold,
       CASE WHEN NOT l.is_active THEN 'INACTIVE'
            WHEN l.currency <> :currency THEN 'CURRENCY'
            WHEN l.channel_id <> :channel_id THEN 'CHANNEL'
            WHEN l.starts_at > b.at THEN 'NOT_STARTED'
            WHEN l.ends_at <= b.at THEN 'ENDED'
            WHEN n.minor IS NULL THEN 'NO_PRICE'
            WHEN l.tier IS NOT NULL AND l.tier IS DISTINCT FROM b.tier THEN 'TIER'
            WHEN l.kind = 'group_buy' AND NOT :is_group_buy THEN 'NOT_A_GROUP'
            WHEN l.kind = 'b2b' AND NOT EXISTS (
                SELECT FROM price_list_members w
                 WHERE w.price_list_id = l.id AND w.member_id = CAST(:member_id AS uuid))
            THEN 'NOT_NAMED' END AS refusal
  FROM buyer b CROSS JOIN prices r JOIN price_lists l ON l.id = r.price_list_id
 CROSS JOIN LATERAL (
     SELECT price_at(r.price_minor, r.change_ats, r.change_minors, b.at) AS minor) n
 WHERE r.sku_id = :sku_id
 ORDER BY n.minor, l.id, r.min_quantity
""")


class ExplainRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def every_price(
        self,
        sku_id: UUID,
        *,
        channel_id: UUID,
        currency: str,
        member_id: UUID | None,
        tier: str | None,
        at: datetime | None,
        is_group_buy: bool,
    ) -> Sequence[Any]:
        """All prices of a SKU, lowest first, each with why it is not open to the buyer, if so."""
        values = {
            "sku_id": sku_id,
            "channel_id": channel_id,
            "currency": currency,
            "member_id": member_id,
            "tier": tier,
            "at": at,
            "is_group_buy": is_group_buy,
        }
        return (await self._session.execute(EVERY_PRICE, values)).all()
