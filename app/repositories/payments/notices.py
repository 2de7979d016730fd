"""Notices as they came: stored first, processed after."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.json import dump

_STORE = direct("""
    WITH stored AS (
        INSERT INTO gateway_events (id, channel, kind, provider_id, provider_state, raw, headers)
        VALUES (:id, CAST(:channel AS text), CAST(:kind AS text), CAST(:provider_id AS text),
            CAST(:provider_state AS text), :raw, CAST(CAST(:headers AS text) AS jsonb))
        ON CONFLICT (channel, kind, provider_id, provider_state) DO NOTHING
        RETURNING id, outcome, processed_at)
    SELECT id, outcome, processed_at FROM stored
    UNION ALL
    SELECT id, outcome, processed_at FROM gateway_events
    WHERE channel = CAST(:channel AS text) AND kind = CAST(:kind AS text)
      AND provider_id = CAST(:provider_id AS text)
      AND provider_state = CAST(:provider_state AS text)
    LIMIT 1
""")

_DONE = direct("""
    UPDATE gateway_events SET outcome = :outcome,
        processed_at = CASE WHEN CAST(:is_done AS boolean) THEN now() END
    WHERE id = :id
""")

_GIVE_UP = text("""
    UPDATE gateway_events SET outcome = :outcome, processed_at = now()
    WHERE id = :id AND processed_at IS NULL
""")

_WAITING = text("""
    SELECT id, channel, raw, headers, created_at,
        created_at <= now() - make_interval(secs => :give_up) AS is_old
    FROM gateway_events
    WHERE processed_at IS NULL AND created_at <= now() - make_interval(secs => :age)
    ORDER BY id LIMIT :limit
""").columns(headers=JSONB)


class NoticeRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def store(
        self, event: Mapping[str, Any], headers: Mapping[str, str]
    ) -> RowMapping | None:
        """The stored row; None when somebody else is storing the same one this very moment."""
        parameters = {**event, "headers": dump(dict(headers))}
        return (await self._session.execute(_STORE, parameters)).mappings().first()

    async def note(self, event_id: UUID | None, outcome: str, *, is_done: bool = True) -> None:
        if event_id is not None:
            parameters = {"id": event_id, "outcome": outcome, "is_done": is_done}
            await self._session.execute(_DONE, parameters)

    async def give_up(self, event_id: UUID, outcome: str) -> None:
        await self._session.execute(_GIVE_UP, {"id": event_id, "outcome": outcome})

    async def waiting(
        self, *, age_seconds: float, give_up_seconds: float, limit: int
    ) -> list[RowMapping]:
        """Notices that could not be processed when they came."""
        parameters = {"age": age_seconds, "give_up": give_up_seconds, "limit": limit}
        return list((await self._session.execute(_WAITING, parameters)).mappings())
