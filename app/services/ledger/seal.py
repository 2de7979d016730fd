"""The books cannot be changed unnoticed: journals are hashed into a chain, behind the writers.

A chain does not see its own end cut off; the last hash is therefore also written to the log.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.ledger.marks import Mark, MarkRepository
from app.repositories.ledger.seals import Seal, SealRepository

BATCH = 5_000


class PositionsWentBack(Exception):
    """The server counts transactions from the start again: continue the positions first."""


async def seal(session: AsyncSession, *, limit: int = BATCH) -> Seal | None:
    """Seal the next journals that nobody adds to any more; None when there are none.

    No posting waits for it, nor it for them: what is being written lies above the horizon. Raises
    `PositionsWentBack` when journals would slip in below what is sealed.
    """
    marks = MarkRepository(session)
    after = await marks.locked("seals")
    if lag := await marks.lag():
        raise PositionsWentBack(f"positions are {lag} behind those that were given out")
    made = await SealRepository(session).seal(after, limit=limit)
    if made is not None:
        await marks.move("seals", Mark(made.last_position, made.last_journal_id))
    return made


async def continue_positions(session: AsyncSession) -> int:
    """Go on where the books left off on another server; by how much positions were raised.

    Nobody may post meanwhile. Changes nothing where positions go on by themselves.
    """
    marks = MarkRepository(session)
    if lag := await marks.lag():
        await marks.shift(lag)
    return lag
