"""Waiting for writers of other tests' databases, which share the server and its transactions."""

import asyncio

from sqlalchemy import text

from app.core.db import Sessions

CEILING = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
OLDER = text("""
    SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE datname <> current_database() AND backend_xid IS NOT NULL
          AND backend_xid::text::bigint < :ceiling)
""")


async def past_other_writers(sessions: Sessions) -> None:
    """Return once nobody else's transaction is older than what was written here before."""
    async with sessions() as session:
        ceiling = await session.scalar(CEILING)
        await session.rollback()
        async with asyncio.timeout(60):
            while await session.scalar(OLDER, {"ceiling": ceiling}):
                await session.rollback()
                await asyncio.sleep(0.02)
