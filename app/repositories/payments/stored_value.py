"""Points lots and balances of members."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

_MEMBER = text("SELECT 1 FROM members WHERE id = :id")

_GRANT = text("""
    INSERT INTO points_lots (id, member_id, currency, source, quantity, remaining, expires_at)
    VALUES (:id, :member_id, :currency, :source,
        CAST(:quantity AS integer), CAST(:quantity AS integer),
        coalesce(CAST(:expires_at AS timestamptz), now() + make_interval(days => :lifetime_days)))
    ON CONFLICT (source) DO NOTHING
    RETURNING id, member_id, currency, source, quantity, remaining, held, expires_at, created_at
""")

# The lots that expire first are spent first; those short of the quantity are left as they are.
_SPEND = text("""
    WITH locked AS MATERIALIZED (
        SELECT id, remaining, expires_at FROM points_lots
        WHERE member_id = :member_id AND currency = :currency AND remaining > 0
          AND expires_at > now()
        ORDER BY id FOR NO KEY UPDATE),
    ranked AS (
        SELECT id, remaining,
               sum(remaining) OVER (ORDER BY expires_at, id) - remaining AS before,
               sum(remaining) OVER () AS available
        FROM locked),
    spent AS (
        UPDATE points_lots l
        SET remaining = r.remaining
            - least(r.remaining, CAST(:quantity AS integer) - r.before)
        FROM ranked r
        WHERE l.id = r.id AND r.before < CAST(:quantity AS integer))
    SELECT coalesce(sum(remaining), 0)::bigint FROM locked
""")

_LOT = text("""
    SELECT id, member_id, currency, source, quantity, remaining, held, expires_at, created_at
    FROM points_lots WHERE source = :source
""")

_LOTS = """
    SELECT id, member_id, currency, source, quantity, remaining, held, expires_at, created_at
    FROM points_lots
    WHERE member_id = :member_id AND (CAST(:after AS uuid) IS NULL OR id < CAST(:after AS uuid))
    ORDER BY id DESC LIMIT {limit}
"""

_POINTS = text("""
    SELECT coalesce(sum(remaining) FILTER (WHERE expires_at > now()), 0)::bigint AS available,
        coalesce(sum(held), 0)::bigint AS held, min(expires_at)
            FILTER (WHERE expires_at > now() AND remaining > 0) AS next_expiry_at
    FROM points_lots WHERE member_id = :member_id AND (remaining > 0 OR held > 0)
""")

_BALANCES = text("""
    SELECT currency,
        coalesce(sum(balance_minor) FILTER (WHERE code LIKE '%\\:available'), 0)::bigint
            AS available_minor,
        coalesce(sum(balance_minor) FILTER (WHERE code LIKE '%\\:held'), 0)::bigint AS held_minor
    FROM ledger_accounts WHERE owner_id = :member_id AND kind = 'balance'
    GROUP BY currency ORDER BY currency
""")


class StoredValueRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def has_member(self, member_id: UUID) -> bool:
        return await self._session.scalar(_MEMBER, {"id": member_id}) is not None

    async def grant(self, lot: Mapping[str, Any]) -> Row[Any] | None:
        """The new lot; None when its source was granted before."""
        return (await self._session.execute(_GRANT, lot)).first()

    async def spend(self, member_id: UUID, currency: str, quantity: int) -> int:
        """What the member had; `quantity` of it is taken, or nothing where that is less."""
        values = {"member_id": member_id, "currency": currency, "quantity": quantity}
        return int(await self._session.scalar(_SPEND, values) or 0)

    async def lot(self, source: str) -> Row[Any]:
        return (await self._session.execute(_LOT, {"source": source})).one()

    async def lots(self, member_id: UUID, *, after: UUID | None, limit: int) -> list[Row[Any]]:
        query = text(_LOTS.format(limit=limit))
        found = await self._session.execute(query, {"member_id": member_id, "after": after})
        return list(found)

    async def points(self, member_id: UUID) -> Row[Any]:
        return (await self._session.execute(_POINTS, {"member_id": member_id})).one()

    async def balances(self, member_id: UUID) -> list[Row[Any]]:
        found = await self._session.execute(_BALANCES, {"member_id": member_id})
        return list(found)
