"""What goods cost everybody in a channel, over time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.pricing import LOWEST_DAYS

# The price of the present and, of the days before it came into force, the lowest.
PRESENT = text(f"""
SELECT s.price_minor, s.valid_from AS since_at, nullif(s.valid_to, 'infinity') AS until_at,
       (SELECT min(b.price_minor) FROM price_spans b
         WHERE b.sku_id = s.sku_id AND b.channel_id = s.channel_id
           AND b.valid_from < s.valid_from
           AND b.valid_to > s.valid_from - interval '{LOWEST_DAYS} days') AS lowest_before_minor
  FROM price_spans s
 WHERE s.sku_id = :sku_id AND s.channel_id = :channel_id
   AND s.valid_from <= coalesce(CAST(:at AS timestamptz), now())
   AND s.valid_to > coalesce(CAST(:at AS timestamptz), now())
""")


class SpanRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def present(self, sku_id: UUID, channel_id: UUID, at: datetime | None) -> Any:
        """The span of `at`, by default now, with the lowest price of the days before; or None."""
        values = {"sku_id": sku_id, "channel_id": channel_id, "at": at}
        return (await self._session.execute(PRESENT, values)).one_or_none()

    async def page(
        self, sku_id: UUID, channel_id: UUID, *, before: datetime | None, limit: int
    ) -> Sequence[Any]:
        """Spans, the last first, those to come included."""
        statement = text(f"""
            SELECT valid_from, nullif(valid_to, 'infinity') AS valid_to, price_minor
              FROM price_spans
             WHERE sku_id = :sku_id AND channel_id = :channel_id
               AND (CAST(:before AS timestamptz) IS NULL OR valid_from < :before)
             ORDER BY valid_from DESC LIMIT {int(limit)}
        """)
        values = {"sku_id": sku_id, "channel_id": channel_id, "before": before}
        return (await self._session.execute(statement, values)).all()
