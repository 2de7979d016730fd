"""Points and gift cards that can no longer be used."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

# Lots that somebody is spending or getting back are left for the next time. What an unpaid order
# holds of a lot may still come back to it: such a lot waits, so that it expires once.
_POINTS = text("""
    WITH due AS MATERIALIZED (
        SELECT id, member_id, currency, remaining, expires_at FROM points_lots
        WHERE remaining > 0 AND held = 0 AND expires_at <= now()
        ORDER BY expires_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED),
    emptied AS (
        UPDATE points_lots l SET remaining = 0 FROM due d WHERE l.id = d.id)
    SELECT id, member_id, currency, remaining, expires_at FROM due
""")

# Money an order holds on a card may still come back to it: such a card waits.
_CARDS = text("""
    WITH due AS MATERIALIZED (
        SELECT g.id, g.currency FROM gift_cards g
        WHERE g.state = 'active' AND g.expires_at <= now() - make_interval(days => :days)
          AND NOT EXISTS (
              SELECT FROM ledger_accounts h WHERE h.owner_id = g.id AND h.kind = 'gift_card'
                AND h.code LIKE '%\\:held' AND h.balance_minor > 0)
        ORDER BY g.expires_at LIMIT :limit FOR NO KEY UPDATE OF g SKIP LOCKED),
    closed AS (
        UPDATE gift_cards g SET state = 'closed', version = g.version + 1, updated_at = now()
        FROM due d WHERE g.id = d.id)
    SELECT id, currency FROM due
""")
_LEFT = text("""
    SELECT owner_id AS card_id, balance_minor FROM ledger_accounts
    WHERE owner_id = ANY(CAST(:ids AS uuid[])) AND kind = 'gift_card'
      AND code LIKE '%\\:available'
    ORDER BY id FOR NO KEY UPDATE
""")


class ClosedCard(NamedTuple):
    id: UUID
    currency: str
    left_minor: int


class BreakageRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def empty_lots(self, *, limit: int) -> list[Row[Any]]:
        """Empty lots that are expired; each with what remained."""
        return list(await self._session.execute(_POINTS, {"limit": limit}))

    async def close_cards(self, *, renewable_days: int, limit: int) -> list[ClosedCard]:
        """Close cards whose right to be renewed is over; each with what is left on it.

        Their balances are locked after them, so nobody spends meanwhile what is told here.
        """
        values = {"days": renewable_days, "limit": limit}
        cards = (await self._session.execute(_CARDS, values)).all()
        found = await self._session.execute(_LEFT, {"ids": [card.id for card in cards]})
        left = {row.card_id: row.balance_minor for row in found}
        return [ClosedCard(card.id, card.currency, left.get(card.id, 0)) for card in cards]
