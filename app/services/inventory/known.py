"""Who may move stock of what, where."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.inventory import StockRepository
from app.services.inventory.errors import UnknownStock


async def require_known(
    session: AsyncSession,
    sku_ids: Iterable[UUID],
    warehouse_id: UUID,
    *,
    merchant_id: UUID | None = None,
) -> None:
    """Raise `UnknownStock` for SKUs or a warehouse that are not there.

    With `merchant_id` those of others are not there either: a merchant moves its own goods in its
    own warehouses.
    """
    missing = await StockRepository(session).missing(
        list(sku_ids), [warehouse_id], merchant_id=merchant_id
    )
    if any(missing):
        raise UnknownStock(
            "Some rows name an unknown SKU or warehouse",
            sku_ids=sorted(map(str, missing[0])),
            warehouse_ids=sorted(map(str, missing[1])),
        )
