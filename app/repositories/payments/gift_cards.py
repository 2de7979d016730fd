"""Gift cards."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

# The lock serialises two issues of one batch, which no constraint could tell apart.
_LOCK_BATCH = text("SELECT pg_advisory_xact_lock(hashtextextended('gift-batch:' || :batch, 0))")
_BATCH = text("""
    SELECT 1 FROM gift_cards WHERE batch = :batch
    UNION ALL SELECT 1 FROM gift_card_batches WHERE batch = :batch LIMIT 1
""")

_INSERT = text("""
    INSERT INTO gift_cards
        (id, code_hash, code_tail, batch, currency, face_minor, state, expires_at)
    SELECT c.id, c.hash, c.tail, :batch, :currency, :face_minor, 'issued', :expires_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:hashes AS text[]), CAST(:tails AS text[]))
        AS c(id, hash, tail)
""")

_ACTIVATE = text("""
    UPDATE gift_cards SET state = 'active', version = version + 1, updated_at = now()
    WHERE state = 'issued' AND (batch = :batch OR id = ANY(CAST(:ids AS uuid[])))
    RETURNING id, currency, face_minor
""")

_MOVE = text("""
    UPDATE gift_cards SET state = :target, version = version + 1, updated_at = now()
    WHERE id = :id AND state = :source RETURNING id
""")

# Binding one's own card again is no news; everything else that fails looks the same.
_BIND = text("""
    UPDATE gift_cards SET member_id = CAST(:member_id AS uuid), updated_at = now(),
        version = version + CASE WHEN member_id IS NULL THEN 1 ELSE 0 END
    WHERE code_hash = :hash AND state = 'active'
      AND coalesce(member_id, CAST(:member_id AS uuid)) = CAST(:member_id AS uuid)
      AND (expires_at IS NULL OR expires_at > now())
    RETURNING id
""")

_RENEW = text("""
    UPDATE gift_cards SET expires_at = :expires_at, version = version + 1, updated_at = now()
    WHERE id = :id AND state <> 'closed' AND expires_at < :expires_at RETURNING id
""")

_LOCK = text("SELECT id FROM gift_cards WHERE id = :id FOR NO KEY UPDATE")

_REPLACE = text("""
    WITH old AS (
        UPDATE gift_cards SET state = 'closed', version = version + 1, updated_at = now()
        WHERE id = :id AND state IN ('active', 'frozen') RETURNING *)
    INSERT INTO gift_cards (id, code_hash, code_tail, batch, currency, face_minor, state,
        member_id, expires_at, replaces_id)
    SELECT CAST(:new_id AS uuid), :hash, :tail, batch, currency, :face_minor, 'active', member_id,
        expires_at, id
    FROM old
""")

_READ = """
    SELECT g.id, g.code_tail, g.batch, g.currency, g.face_minor, g.state, g.member_id,
        g.expires_at, g.created_at, g.version,
        coalesce(g.expires_at <= now(), false) AS is_expired,
        coalesce((SELECT sum(a.balance_minor) FROM ledger_accounts a
            WHERE a.owner_id = g.id AND a.code = 'gift_card:' || g.id || '\\:available'), 0)::bigint
            AS available_minor,
        coalesce((SELECT sum(a.balance_minor) FROM ledger_accounts a
            WHERE a.owner_id = g.id AND a.code = 'gift_card:' || g.id || '\\:held'), 0)::bigint
            AS held_minor
    FROM gift_cards g
    WHERE (CAST(:id AS uuid) IS NULL OR g.id = CAST(:id AS uuid))
      AND (CAST(:member_id AS uuid) IS NULL OR g.member_id = CAST(:member_id AS uuid))
      AND (CAST(:batch AS text) IS NULL OR g.batch = CAST(:batch AS text))
      AND (CAST(:state AS text) IS NULL OR g.state = CAST(:state AS text))
      AND (CAST(:after AS uuid) IS NULL OR g.id < CAST(:after AS uuid))
    ORDER BY g.id DESC LIMIT {limit}
"""


class GiftCardRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def has_batch(self, batch: str) -> bool:
        """Whether the batch exists; nobody else can issue it until this transaction ends."""
        await self._session.execute(_LOCK_BATCH, {"batch": batch})
        return await self._session.scalar(_BATCH, {"batch": batch}) is not None

    async def insert(
        self,
        cards: Sequence[tuple[UUID, str, str]],
        *,
        batch: str,
        currency: str,
        face_minor: int,
        expires_at: datetime | None,
    ) -> None:
        """Cards as (id, hash of the code, its last characters)."""
        await self._session.execute(
            _INSERT,
            {
                "ids": [id_ for id_, _, _ in cards],
                "hashes": [hashed for _, hashed, _ in cards],
                "tails": [tail for _, _, tail in cards],
                "batch": batch,
                "currency": currency,
                "face_minor": face_minor,
                "expires_at": expires_at,
            },
        )

    async def activate(self, *, batch: str | None, ids: Sequence[UUID]) -> list[Row[Any]]:
        """Issued cards of the batch or among `ids` become active."""
        found = await self._session.execute(_ACTIVATE, {"batch": batch, "ids": list(ids)})
        return list(found)

    async def move(self, card_id: UUID, source: str, target: str) -> bool:
        parameters = {"id": card_id, "source": source, "target": target}
        return (await self._session.execute(_MOVE, parameters)).first() is not None

    async def renew(self, card_id: UUID, expires_at: datetime) -> bool:
        """Let a card that ends live until later; whether it was one to renew."""
        parameters = {"id": card_id, "expires_at": expires_at}
        return (await self._session.execute(_RENEW, parameters)).first() is not None

    async def lock(self, card_id: UUID) -> None:
        await self._session.execute(_LOCK, {"id": card_id})

    async def replace(self, card_id: UUID, card: tuple[UUID, str, str], *, face_minor: int) -> None:
        """Close the card and let `card`, as (id, hash, last characters), stand for it."""
        new_id, hashed, tail = card
        values = {"new_id": new_id, "hash": hashed, "tail": tail}
        await self._session.execute(_REPLACE, {"id": card_id, "face_minor": face_minor} | values)

    async def bind(self, code_hash: str, member_id: UUID) -> UUID | None:
        found = await self._session.scalar(_BIND, {"hash": code_hash, "member_id": member_id})
        return found if isinstance(found, UUID) else None

    async def find(self, *, limit: int, **filters: Any) -> list[Row[Any]]:
        """Cards with what is on them, newest first."""
        wanted = dict.fromkeys(("id", "member_id", "batch", "state", "after")) | filters
        found = await self._session.execute(text(_READ.format(limit=limit)), wanted)
        return list(found)
