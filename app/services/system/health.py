"""Whether this process can serve: the database answers and holds the expected tables."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.revisions import is_usable
from app.repositories.system.outbox import OutboxRepository


@dataclass(frozen=True, slots=True)
class Health:
    """`is_migrated`: no revision of this release is missing. Lag is in seconds, 0 when idle."""

    is_migrated: bool
    outbox_lag_seconds: int
    outbox_parked: int


async def check(session: AsyncSession) -> Health:
    """Ask the database once. A revision of a later release is fine: it is made for both."""
    found = await OutboxRepository(session).backlog()
    return Health(is_usable(found.revision), found.lag_seconds, found.parked)
