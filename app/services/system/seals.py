"""The operation log cannot be changed unnoticed: batches of it are hashed into a chain.

A chain does not see its own end cut off; the last hash is therefore also written to the log.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.repositories.system.operations import OperationRepository, Seal

__all__ = ["Seal", "seal", "verify"]

BATCH = 5_000


async def seal(sessions: Sessions) -> Seal | None:
    """Seal the next batch of settled rows, or return None when there is nothing to seal.

    Two transactions, so that writers wait only while the last number is read. Two jobs at once
    cannot both extend the chain: a hash is followed once.
    """
    async with unit_of_work(sessions) as session:
        until = await OperationRepository(session).last_settled()
    async with unit_of_work(sessions) as session:
        operations = OperationRepository(session)
        after, previous = await operations.sealed()
        made = await operations.hash_next(after, until, previous, limit=BATCH)
        if made is not None:
            await operations.add_seal(made)
        return made


async def verify(session: AsyncSession) -> list[str]:
    """What is wrong with the sealed part of the log, a sentence each; empty when it is intact."""
    operations = OperationRepository(session)
    faults: list[str] = []
    previous = ""
    for each in await operations.seals():
        span = f"operation log {each.first_seq} to {each.last_seq}"
        if each.previous_hash != previous:
            faults.append(f"{span}: a seal before it is missing")
        count, found = await operations.hash_again(each)
        if count != each.row_count:
            faults.append(f"{span}: {count} rows where {each.row_count} were sealed")
        elif found != each.hash:
            faults.append(f"{span}: a row was changed")
        previous = each.hash
    if strays := await operations.strays():
        faults.append(f"operation log: {strays} rows between sealed ones")
    return faults
