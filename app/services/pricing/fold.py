"""Folding changes that took effect into prices and their history. No price waits for it."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.pricing import FoldRepository, PastChange
from app.services import system
from app.services.pricing.events import PricesChanged


async def fold_of_list(session: AsyncSession, list_id: UUID, sku_ids: Sequence[UUID]) -> int:
    """Fold what is past of some prices of a list; return how many changes that was."""
    repository = FoldRepository(session)
    return await _fold(session, repository, await repository.past_of_list(list_id, sku_ids))


async def fold_prices(session: AsyncSession, *, limit: int) -> int:
    """Fold what is past of up to `limit` prices, and tell of it; return how many changes.

    A change is noted with the instant at which it took effect. It did so without this: every
    statement that reads a price reads it as of its own instant.
    """
    repository = FoldRepository(session)
    folded = await _fold(session, repository, await repository.past(limit))
    await repository.mark_applied()
    return folded


async def _fold(
    session: AsyncSession, repository: FoldRepository, changes: Sequence[PastChange]
) -> int:
    if not changes:
        return 0
    await repository.fold(changes)
    by_list = sorted(changes, key=attrgetter("price_list_id"))
    for list_id, group in groupby(by_list, attrgetter("price_list_id")):
        sku_ids = tuple(sorted({each.sku_id for each in group}))
        await system.publish(session, PricesChanged(price_list_id=list_id, sku_ids=sku_ids))
    return len(changes)
