"""Where failed parts of refunds shall go instead, until a second person agrees."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

_ASK = text("""
    INSERT INTO refund_fallbacks AS f (part_id, member_id, kind, reference, consent, asked_by)
    SELECT id, member_id, :kind, :reference, :consent, :asked_by
    FROM refund_tenders WHERE id = :part_id
    ON CONFLICT (part_id) DO UPDATE SET kind = excluded.kind, reference = excluded.reference,
        consent = excluded.consent, asked_by = excluded.asked_by, asked_at = now()
        WHERE f.approved_by IS NULL
""")
_ASKED = text("""
    SELECT kind, reference, consent, asked_by FROM refund_fallbacks
    WHERE part_id = :part_id AND approved_by IS NULL
""")
_APPROVE = text("""
    UPDATE refund_fallbacks SET approved_by = :approved_by, approved_at = now()
    WHERE part_id = :part_id AND approved_by IS NULL
""")
_DROP = text("DELETE FROM refund_fallbacks WHERE part_id = :part_id AND approved_by IS NULL")


class RefundFallbackRepository:
    """Callers hold the plan of the part."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def ask(self, part_id: UUID, wish: Mapping[str, str | None]) -> None:
        """Keep where a part shall go; the last wish counts."""
        await self._session.execute(_ASK, {**wish, "part_id": part_id})

    async def asked(self, part_id: UUID) -> RowMapping | None:
        """What waits for a second person."""
        found = await self._session.execute(_ASKED, {"part_id": part_id})
        return found.mappings().first()

    async def approve(self, part_id: UUID, *, actor: str) -> None:
        await self._session.execute(_APPROVE, {"part_id": part_id, "approved_by": actor})

    async def drop(self, part_id: UUID) -> None:
        """The part goes to its gateway again."""
        await self._session.execute(_DROP, {"part_id": part_id})
