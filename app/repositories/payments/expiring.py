"""Stored value of a member that will soon be gone."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

_EXPIRING = text("""
    SELECT * FROM (
        SELECT 'points' AS kind, l.id, l.currency, l.remaining::bigint AS quantity, l.expires_at
        FROM points_lots l
        WHERE l.member_id = :member_id AND l.remaining > 0
          AND l.expires_at > now() AND l.expires_at <= now() + make_interval(days => :days)
        UNION ALL
        SELECT 'gift_card', g.id, g.currency, a.balance_minor, g.expires_at
        FROM gift_cards g
        JOIN ledger_accounts a ON a.owner_id = g.id AND a.kind = 'gift_card'
         AND a.code LIKE '%\\:available' AND a.balance_minor > 0
        WHERE g.member_id = :member_id AND g.state = 'active'
          AND g.expires_at > now() AND g.expires_at <= now() + make_interval(days => :days)) soon
    ORDER BY expires_at, id LIMIT :limit
""")


class ExpiringRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def soon(self, member_id: UUID, *, days: int, limit: int) -> list[Row[Any]]:
        """What ends first comes first; of points how many, of cards how much."""
        values = {"member_id": member_id, "days": days, "limit": limit}
        return list(await self._session.execute(_EXPIRING, values))
