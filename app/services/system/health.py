"""Whether this process can serve: the database answers and holds the expected tables."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.system.outbox import OutboxRepository

MIGRATIONS = Path(__file__).parents[3] / "migrations"


@dataclass(frozen=True, slots=True)
class Health:
    """`is_migrated`: no revision of this release is missing. Lag is in seconds, 0 when idle."""

    is_migrated: bool
    outbox_lag_seconds: int
    outbox_parked: int


async def check(session: AsyncSession) -> Health:
    """Ask the database once. A revision of a later release is fine: it is made for both."""
    found = await OutboxRepository(session).backlog()
    behind = older_revisions()
    return Health(found.revision not in behind, found.lag_seconds, found.parked)


@cache
def older_revisions() -> frozenset[str | None]:
    """Revisions this release needs more than; None stands for an empty database."""
    if not MIGRATIONS.is_dir():  # an image without them was checked when it started
        return frozenset({None})
    scripts = ScriptDirectory(str(MIGRATIONS))
    known = {script.revision for script in scripts.walk_revisions()}
    return frozenset({None, *known} - set(scripts.get_heads()))
