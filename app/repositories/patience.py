"""More time for the few statements that work out what every product costs."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

PATIENCE_MS: Final = 9_000
"""Just less than the client waits for an answer (`DatabaseSettings.command_timeout_seconds`)."""

_TAKE_TIME = text(f"""
    SELECT set_config('statement_timeout', '{PATIENCE_MS}', true) FROM pg_settings
    WHERE name = 'statement_timeout' AND CAST(setting AS int) BETWEEN 1 AND {PATIENCE_MS}
""")


async def take_time(session: AsyncSession) -> None:
    """Let a statement of this transaction take up to nine seconds, or longer where it may.

    Call it before a price list or a channel is written: triggers work out the prices of all goods
    on it in the same statement. What waits to be written is not written yet.
    """
    with session.no_autoflush:
        await session.execute(_TAKE_TIME)
