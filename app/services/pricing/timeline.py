"""What goods cost everybody over time, and the price a reduction is told against."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.pricing import SpanRepository
from app.services.catalog import ChannelFacts


@dataclass(frozen=True, slots=True)
class PresentPrice:
    """The price of one piece since `since_at`, until `until_at` if its end is known.

    `lowest_before_minor` is the lowest price of the 30 days before it came into force (directive
    98/6/EC, article 6a); None where there was none. Where it is higher, the price was reduced.
    """

    price_minor: int
    since_at: datetime
    until_at: datetime | None
    lowest_before_minor: int | None


async def present_price(
    session: AsyncSession, sku_id: UUID, *, channel: ChannelFacts, at: datetime | None = None
) -> PresentPrice | None:
    """What one piece costs everybody in a channel at `at`, by default now; None: nothing."""
    row = await SpanRepository(session).present(sku_id, channel.id, at)
    if row is None:
        return None
    return PresentPrice(row.price_minor, row.since_at, row.until_at, row.lowest_before_minor)


async def price_timeline(
    session: AsyncSession,
    sku_id: UUID,
    *,
    channel: ChannelFacts,
    before: datetime | None,
    limit: int,
) -> Sequence[Any]:
    """Spans in which one piece cost everybody the same, the last first, those to come included."""
    return await SpanRepository(session).page(sku_id, channel.id, before=before, limit=limit)
