"""Balances under lock, how they came about, and whose are frozen."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

_LOCK_ALL = text("""
    SELECT id FROM ledger_accounts WHERE owner_id = :member_id AND kind = 'balance'
    ORDER BY id FOR NO KEY UPDATE
""")
_MOVES = text("""
    SELECT j.kind, j.order_id,
        -coalesce(sum(e.amount_minor) FILTER (WHERE e.account_id = :available), 0)::bigint
            AS available_minor,
        -coalesce(sum(e.amount_minor) FILTER (WHERE e.account_id = :held), 0)::bigint AS held_minor
    FROM ledger_entries e JOIN ledger_journals j ON j.id = e.journal_id
    WHERE e.account_id IN (:available, :held)
    GROUP BY j.id, j.kind, j.order_id, j.posted_at ORDER BY j.posted_at, j.id
""")
_FREEZE = text("""
    INSERT INTO balance_freezes (member_id, reason, frozen_by)
    VALUES (:member_id, :reason, :actor) ON CONFLICT (member_id) DO NOTHING
    RETURNING member_id
""")
_FROZEN = text("""
    SELECT member_id, reason, frozen_by, frozen_at FROM balance_freezes
    WHERE member_id = :member_id
""")


class WalletRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock_all(self, member_id: UUID) -> None:
        """Wait for every balance of a member."""
        await self._session.execute(_LOCK_ALL, {"member_id": member_id})

    async def moves(self, available_id: UUID, held_id: UUID) -> list[Row[Any]]:
        """What each journal did to both sides, oldest first."""
        values = {"available": available_id, "held": held_id}
        return list(await self._session.execute(_MOVES, values))

    async def freeze(self, member_id: UUID, *, reason: str, actor: str) -> bool:
        """False when it is frozen already."""
        values = {"member_id": member_id, "reason": reason, "actor": actor}
        return (await self._session.execute(_FREEZE, values)).first() is not None

    async def unfreeze(self, member_id: UUID) -> bool:
        """False when it is not frozen."""
        found = await self._session.execute(
            text("DELETE FROM balance_freezes WHERE member_id = :id RETURNING member_id"),
            {"id": member_id},
        )
        return found.first() is not None

    async def frozen(self, member_id: UUID) -> Row[Any] | None:
        return (await self._session.execute(_FROZEN, {"member_id": member_id})).first()
