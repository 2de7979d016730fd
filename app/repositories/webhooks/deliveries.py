"""Deliveries and events as merchants read and repeat them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_LIST = """
    SELECT d.event_id AS id, d.event_id, e.type, d.ordering_key, d.state, d.attempts,
        d.attempted_at, CASE WHEN d.state = 'pending' THEN d.next_attempt_at END AS next_attempt_at,
        d.status, d.error, d.delivered_at, e.occurred_at
    FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id
    WHERE d.endpoint_id = :endpoint_id {more}
    ORDER BY d.event_id DESC LIMIT {limit}
"""
_AGAIN = """state = 'pending', attempts = 0, next_attempt_at = clock_timestamp(),
    leased_until = NULL, delivered_at = NULL"""
_REDELIVER = text(f"""
    UPDATE webhook_deliveries SET {_AGAIN}
    WHERE endpoint_id = :endpoint_id AND event_id = :event_id RETURNING event_id
""")
_POSITION_OF = text("""
    SELECT position FROM webhook_events WHERE merchant_id = :merchant_id AND id = :event_id
""")
_POSITION_AT = text("""
    SELECT coalesce((SELECT min(position) - 1 FROM webhook_events
        WHERE merchant_id = :merchant_id AND occurred_at >= :since),
        (SELECT last_position FROM webhook_feeds WHERE merchant_id = :merchant_id))
""")
_REPLAY = text(f"""
    WITH wanted AS (
        SELECT e.id, e.position, e.ordering_key FROM webhook_events e
        WHERE e.merchant_id = :merchant_id AND e.position > :position AND e.type = ANY (:types)
        ORDER BY e.position LIMIT :limit
    ), told AS (
        INSERT INTO webhook_deliveries AS d (endpoint_id, event_id, position, ordering_key)
        SELECT :endpoint_id, id, position, ordering_key FROM wanted ORDER BY position
        ON CONFLICT (endpoint_id, event_id) DO UPDATE SET {_AGAIN}
        RETURNING d.event_id
    )
    SELECT (SELECT count(*) FROM told) AS told,
        (SELECT id FROM wanted ORDER BY position DESC LIMIT 1) AS last_id
""")
_EVENTS = text("""
    SELECT id, type, occurred_at, ordering_key, data FROM webhook_events
    WHERE merchant_id = :merchant_id AND position > :position AND type = ANY (:types)
    ORDER BY position LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class ListedDelivery:
    """`id` is the event's: an endpoint is told of it in one delivery."""

    id: UUID
    event_id: UUID
    type: str
    ordering_key: str
    state: str
    attempts: int
    attempted_at: datetime | None
    next_attempt_at: datetime | None
    status: int | None
    error: str | None
    delivered_at: datetime | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class ListedEvent:
    id: UUID
    type: str
    occurred_at: datetime
    ordering_key: str
    data: Mapping[str, Any]


class DeliveryRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(
        self, endpoint_id: UUID, state: str | None, *, after: UUID | None, limit: int
    ) -> list[ListedDelivery]:
        """Newest first; one row more than `limit` tells that there is another page."""
        conditions = {"AND d.state = :state": state, "AND d.event_id < :after": after}
        more = " ".join(text for text, value in conditions.items() if value is not None)
        values = {"state": state, "after": after}
        values = {name: each for name, each in values.items() if each is not None}
        statement = text(_LIST.format(more=more, limit=int(limit) + 1))
        found = await self._session.execute(statement, values | {"endpoint_id": endpoint_id})
        return [ListedDelivery(*row) for row in found]

    async def again(self, endpoint_id: UUID, event_id: UUID) -> bool:
        """Make a delivery due anew, whatever became of it; False if there is none."""
        values = {"endpoint_id": endpoint_id, "event_id": event_id}
        return (await self._session.execute(_REDELIVER, values)).first() is not None

    async def position_of(self, merchant_id: UUID, event_id: UUID) -> int | None:
        """Where in the merchant's feed an event is; None for one that is not in it."""
        values = {"merchant_id": merchant_id, "event_id": event_id}
        found: int | None = await self._session.scalar(_POSITION_OF, values)
        return found

    async def position_at(self, merchant_id: UUID, since: datetime) -> int:
        """After which position everything is that happened at `since` or later."""
        values = {"merchant_id": merchant_id, "since": since}
        return await self._session.scalar(_POSITION_AT, values) or 0

    async def replay(
        self,
        merchant_id: UUID,
        endpoint_id: UUID,
        position: int,
        types: Sequence[str],
        *,
        limit: int,
    ) -> tuple[int, UUID | None]:
        """Make deliveries of events after `position` due anew; how many, and the last one's id."""
        values = {
            "merchant_id": merchant_id,
            "endpoint_id": endpoint_id,
            "position": position,
            "types": list(types),
            "limit": limit,
        }
        row = (await self._session.execute(_REPLAY, values)).one()
        return row.told, row.last_id

    async def events(
        self, merchant_id: UUID, position: int, types: Sequence[str], *, limit: int
    ) -> list[ListedEvent]:
        """Events of a feed after `position`, oldest first."""
        values = {
            "merchant_id": merchant_id,
            "position": position,
            "types": list(types),
            "limit": limit,
        }
        return [ListedEvent(*row) for row in await self._session.execute(_EVENTS, values)]
