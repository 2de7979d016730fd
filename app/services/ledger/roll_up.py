"""Adding journals up by the hour, so that a balance of any instant is soon found."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.ledger.marks import MarkRepository
from app.repositories.ledger.turnovers import TurnoverRepository

BATCH = 5_000


async def roll_up(session: AsyncSession, *, limit: int = BATCH) -> bool:
    """Take the next journals into the turnovers; whether there may be more.

    Each journal is taken once, however often and by how many this is run. One that is still
    being written is left for later without waiting for it.
    """
    mark = await MarkRepository(session).locked("turnovers")
    return await TurnoverRepository(session).roll(mark, limit=limit) == limit
