"""Month partitions are made ahead of time; what has none yet lands in the default one."""

from app.core.db import Sessions, unit_of_work
from app.repositories.system.partitions import PartitionRepository

__all__ = ["ensure"]

TABLES = ("outbox", "stock_movements", "stock_batch_movements", "operation_log")


async def ensure(sessions: Sessions, *, months_ahead: int = 2) -> int:
    """Make the missing partitions from this month on and return how many were made.

    Each in a short transaction of its own, which gives up rather than hold up writers: run it
    again. A month whose rows are in the default partition stays there.
    """
    made = 0
    for table in TABLES:
        async with unit_of_work(sessions) as session:
            missing = await PartitionRepository(session).missing(table, ahead=months_ahead)
        for month in missing:
            async with unit_of_work(sessions) as session:
                made += await PartitionRepository(session).add(table, month)
    return made
