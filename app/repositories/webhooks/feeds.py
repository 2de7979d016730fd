"""Feeds of merchants: who is told of a message, and adding it with its deliveries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct

_OPEN = text("""
    INSERT INTO webhook_feeds (merchant_id) SELECT id FROM merchants WHERE id = :merchant_id
    ON CONFLICT (merchant_id) DO NOTHING
""")

_OF = "SELECT f.merchant_id FROM webhook_feeds f WHERE f.merchant_id"
_NAMED = direct(f"{_OF} = CAST(:subject AS uuid)")
# A merchant sees orders once they are paid.
_ORDER = direct(f"""{_OF} IN (
    SELECT p.merchant_id FROM fulfilments p JOIN orders o ON o.id = p.order_id
    WHERE o.id = CAST(:subject AS uuid) AND o.paid_at IS NOT NULL
) ORDER BY 1""")
_REFUND = direct(f"""{_OF} IN (
    SELECT l.merchant_id FROM refunds r JOIN refund_units u ON u.refund_id = r.id
    JOIN order_lines l ON l.id = u.line_id WHERE r.number = CAST(:subject AS varchar)
) ORDER BY 1""")
_SKU = direct(f"""{_OF} = (
    SELECT k.merchant_id FROM skus k WHERE k.id = CAST(:subject AS uuid)
)""")

# The row of the feed is kept from here to the commit. What is there of this message already stays
# as it is, and takes no position.
_ADD = direct("""
    WITH feed AS (
        UPDATE webhook_feeds f SET last_position = last_position + 1
        WHERE f.merchant_id = CAST(:merchant_id AS uuid) AND NOT EXISTS (
            SELECT FROM webhook_events e
            WHERE e.merchant_id = f.merchant_id AND e.message_id = CAST(:message_id AS uuid))
        RETURNING merchant_id, last_position
    ), listening AS (
        SELECT w.id FROM webhook_endpoints w
        WHERE w.merchant_id = CAST(:merchant_id AS uuid) AND w.deleted_at IS NULL
          AND (w.id = CAST(:only AS uuid) OR CAST(:only AS uuid) IS NULL
               AND CAST(:type AS varchar) = ANY (w.event_types))
    ), event AS (
        INSERT INTO webhook_events (id, merchant_id, position, message_id, type, ordering_key,
            occurred_at, data, told_to)
        SELECT CAST(:id AS uuid), merchant_id, last_position, CAST(:message_id AS uuid),
            CAST(:type AS varchar), CAST(:ordering_key AS varchar),
            CAST(:occurred_at AS timestamptz), CAST(:data AS jsonb),
            (SELECT count(*) FROM listening)
        FROM feed RETURNING id, position, ordering_key
    )
    INSERT INTO webhook_deliveries (endpoint_id, event_id, position, ordering_key)
    SELECT l.id, e.id, e.position, e.ordering_key FROM event e, listening l
    RETURNING endpoint_id
""")
_FORGET = text("""
    DELETE FROM webhook_events e USING (
        SELECT id FROM webhook_events WHERE created_at < now() - make_interval(days => :days)
        ORDER BY created_at LIMIT 1000) old
    WHERE e.id = old.id RETURNING e.id
""")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """`only` is the one endpoint that is told; None tells all that want the type."""

    id: UUID
    merchant_id: UUID
    message_id: UUID
    type: str
    ordering_key: str
    occurred_at: datetime
    data: str
    only: UUID | None = None


class FeedRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def open(self, merchant_id: UUID) -> None:
        """Keep what happens to the merchant from now on; nothing is kept before."""
        await self._session.execute(_OPEN, {"merchant_id": merchant_id})

    async def named(self, merchant_id: UUID) -> list[UUID]:
        """The merchant, if it has a feed."""
        return await self._merchants(_NAMED, merchant_id)

    async def of_order(self, order_id: UUID) -> list[UUID]:
        """Merchants with a feed that ship something of a paid order, in order."""
        return await self._merchants(_ORDER, order_id)

    async def of_refund(self, number: str) -> list[UUID]:
        """Merchants with a feed of whose lines the refund gives something back, in order."""
        return await self._merchants(_REFUND, number)

    async def of_sku(self, sku_id: UUID) -> list[UUID]:
        """The merchant that sells a SKU, if it has a feed."""
        return await self._merchants(_SKU, sku_id)

    async def add(self, event: NewEvent) -> int:
        """Add an event at the end of its feed, which stays locked; to how many it goes.

        To none for a message that is there already. Take feeds in the order of their merchants,
        and after everything else a transaction locks.
        """
        values = {name: getattr(event, name) for name in NewEvent.__slots__}
        return len((await self._session.execute(_ADD, values)).all())

    async def forget(self, days: int) -> int:
        """Delete up to 1,000 events older than `days` with their deliveries; how many went."""
        return len((await self._session.execute(_FORGET, {"days": days})).all())

    async def _merchants(self, statement: Any, subject: UUID | str) -> list[UUID]:
        found = await self._session.execute(statement, {"subject": subject})
        return [row.merchant_id for row in found]
