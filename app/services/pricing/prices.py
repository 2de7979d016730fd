"""Setting prices many at a time, and what they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.repositories.pricing import PriceListRepository
from app.services import system
from app.services.pricing.errors import BelowSold, UnknownSkus
from app.services.pricing.events import PricesChanged
from app.services.pricing.fold import fold_of_list
from app.services.pricing.lists import get_price_list, locked


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price from `min_quantity` pieces on, or with no `price_minor` its withdrawal.

    `quota` limits how many pieces are sold at it in all, `per_member` how many to one member.
    """

    sku_id: UUID
    price_minor: int | None
    min_quantity: int = 1
    quota: int | None = None
    per_member: int | None = None


@dataclass(frozen=True, slots=True)
class Lowest:
    """The lowest price of one piece since `since_at`, to be shown beside an offer."""

    sku_id: UUID
    current_minor: int | None
    lowest_minor: int | None
    since_at: datetime


async def set_prices(
    session: AsyncSession, list_id: UUID, rows: Sequence[PriceRow], *, actor: Actor | None
) -> int:
    """Set or withdraw prices of a list; return how many changed, each with a line of history.

    Changes that were planned for later stay. Four statements whatever the number of rows; of rows
    for one price the last counts. Raises `NotFound`, `UnknownSkus` and, for a quota under what was
    sold, `BelowSold`.
    """
    price_list = await locked(session, list_id)
    last = {(row.sku_id, row.min_quantity): row for row in rows}
    values = [
        (row.sku_id, row.min_quantity, row.price_minor, row.quota, row.per_member)
        for row in last.values()
    ]
    repository = PriceListRepository(session)
    _refuse(await repository.refused(list_id, values))
    await fold_of_list(session, list_id, sorted({row.sku_id for row in rows}))
    changed = await repository.set_prices(
        price_list, values, actor=actor.principal if actor else None
    )
    if changed:
        sku_ids = tuple(sorted(set(changed)))
        await system.publish(session, PricesChanged(price_list_id=list_id, sku_ids=sku_ids))
    return len(changed)


async def list_prices(
    session: AsyncSession,
    list_id: UUID,
    *,
    sku_id: UUID | None = None,
    after: tuple[UUID, int] | None = None,
    limit: int,
) -> Sequence[Any]:
    """Prices of a list in order of SKU and quantity. Raises `NotFound`."""
    await get_price_list(session, list_id)
    return await PriceListRepository(session).prices(
        list_id, sku_id=sku_id, after=after, limit=limit
    )


async def price_history(
    session: AsyncSession, list_id: UUID, sku_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Changes of the prices of a SKU on a list, newest first. Raises `NotFound`."""
    await get_price_list(session, list_id)
    return await PriceListRepository(session).history(
        list_id, sku_id=sku_id, after=after, limit=limit
    )


async def lowest_prices(
    session: AsyncSession, list_id: UUID, sku_ids: Sequence[UUID]
) -> dict[UUID, Lowest]:
    """The lowest price each SKU had on a list in the last 30 days, the current one included."""
    rows = await PriceListRepository(session).lowest(list_id, sku_ids)
    return {
        row.sku_id: Lowest(row.sku_id, row.current_minor, row.lowest_minor, row.since_at)
        for row in rows
    }


def _refuse(rows: Sequence[Any]) -> None:
    unknown = sorted({str(row.sku_id) for row in rows if row.is_unknown})
    if unknown:
        raise UnknownSkus("Some rows name unknown SKUs", sku_ids=unknown)
    if rows:
        raise BelowSold(
            "More was sold than the new quota allows",
            rows=[
                {
                    "sku_id": str(row.sku_id),
                    "min_quantity": row.min_quantity,
                    "sold": row.sold,
                    "quota": row.quota,
                }
                for row in rows
            ],
        )
