"""What a channel may promise of stock, where that is not all of it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import InvalidReference
from app.repositories.inventory import StockRepository
from app.repositories.inventory.shares import ShareRepository
from app.services import system
from app.services.inventory.errors import UnknownStock


class Share(NamedTuple):
    """Pieces a channel leaves to the others, and its part of what is free, in basis points."""

    leaves: int = 0
    share_bps: int = 10_000


async def set_shares(
    session: AsyncSession,
    channel_id: UUID,
    warehouse_id: UUID,
    rows: Mapping[UUID, Share],
    *,
    actor: Actor,
) -> None:
    """Limit what a channel may promise of SKUs in a warehouse; what it has promised stays.

    Judged with the count of the moment a promise is made, so there is nothing to count down or to
    give back. Raises `UnknownStock` and `InvalidReference`.
    """
    unknown, warehouses = await StockRepository(session).missing(list(rows), [warehouse_id])
    if unknown or warehouses:
        raise UnknownStock(
            "Some rows name an unknown SKU or warehouse",
            sku_ids=sorted(map(str, unknown)),
            warehouse_ids=sorted(map(str, warehouses)),
        )
    repository = ShareRepository(session)
    if not await repository.has_channel(channel_id):
        raise InvalidReference("No such channel", field="channel_id")
    found = dict(sorted(rows.items()))
    changes = {str(sku_id): list(each) for sku_id, each in found.items()}
    await system.record(
        session, actor, "inventory.set_shares", "channel", channel_id, {"rows": changes}
    )
    await repository.set(channel_id, warehouse_id, found)


async def list_shares(
    session: AsyncSession, channel_id: UUID, *, after: tuple[UUID, UUID] | None, limit: int
) -> Sequence[RowMapping]:
    """What a channel is limited to, in order of SKU and warehouse."""
    return await ShareRepository(session).page(channel_id, after=after, limit=limit)
