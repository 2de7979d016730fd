"""Gift cards under their lock, as refunds find them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

_LOCKED = text("""
    SELECT id, state, expires_at, now() AS at FROM gift_cards
    WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE
""")
_RENEW = text(
    "UPDATE gift_cards SET expires_at = :expires_at, version = version + 1 WHERE id = :id"
)

# The lock of the closed card stands for those that take over from it, but not against closing one
# of them: what is closed while this waits for it is looked at again, and another one made.
_TAKE_OVER = text("""
    WITH known AS (
        UPDATE gift_cards g SET face_minor = g.face_minor + :amount_minor,
            expires_at = CASE WHEN g.expires_at IS NULL THEN NULL
                ELSE greatest(g.expires_at, CAST(:expires_at AS timestamptz)) END,
            version = g.version + 1, updated_at = now()
        WHERE g.id = (SELECT id FROM gift_cards
                      WHERE replaces_id = CAST(:replaces_id AS uuid)
                        AND state IN ('active', 'frozen')
                        AND coalesce(member_id, CAST(:member_id AS uuid))
                            = CAST(:member_id AS uuid) ORDER BY id LIMIT 1)
          AND g.state IN ('active', 'frozen')
        RETURNING g.id),
    made AS (
        INSERT INTO gift_cards (id, code_hash, code_tail, batch, currency, face_minor, state,
            member_id, expires_at, replaces_id)
        SELECT CAST(:id AS uuid), :code_hash, o.code_tail, o.batch, o.currency, :amount_minor,
            'active', CAST(:member_id AS uuid), CAST(:expires_at AS timestamptz), o.id
        FROM gift_cards o
        WHERE o.id = CAST(:replaces_id AS uuid) AND NOT EXISTS (SELECT FROM known)
        RETURNING id)
    SELECT id FROM known UNION ALL SELECT id FROM made
""")


class RefundCardRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def locked(self, ids: Sequence[UUID]) -> list[RowMapping]:
        """The cards, locked in id order."""
        if not ids:
            return []
        return list((await self._session.execute(_LOCKED, {"ids": list(ids)})).mappings())

    async def renew(self, cards: Sequence[Mapping[str, Any]]) -> None:
        if cards:
            await self._session.execute(_RENEW, list(cards))

    async def take_over(self, card: Mapping[str, Any]) -> UUID:
        """The card that stands for a closed one, worth `amount_minor` more or new."""
        found: UUID = (await self._session.execute(_TAKE_OVER, card)).scalar_one()
        return found
