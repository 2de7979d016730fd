"""Flash sessions as shoppers see them: what runs, what comes, what is left."""

from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.pricing import FlashRepository
from app.services.catalog import ChannelFacts

MAX_SESSIONS, MAX_ITEMS = 20, 50


async def shown_flash_sessions(
    session: AsyncSession, channel: ChannelFacts
) -> list[dict[str, Any]]:
    """Running and coming sessions of a channel, soonest first, as plain data. One statement.

    At most 20, each with its first 50 offers in order of SKU code; `item_count` counts all.
    """
    rows = await FlashRepository(session).shown(
        channel.id, channel.currency, limit=MAX_SESSIONS, items=MAX_ITEMS
    )
    return [_plain(row) for row in rows]


def _plain(row: Any) -> dict[str, Any]:
    shown = dict(row._mapping)  # noqa: SLF001 - the driver's way to name a row's columns
    return shown | {"items": orjson.loads(row.items) if row.items else []}
