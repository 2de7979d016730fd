"""Pieces that are not wanted any more stay, and everybody may have them."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.repositories.orders import ShippingRepository
from app.services import inventory
from app.services.orders.payment_owner import stock_owner
from app.services.orders.shipping.standing import follow, parts_of


async def drop_pieces(
    session: AsyncSession, order: RowMapping, pieces: Mapping[UUID, int], *, actor: Actor | None
) -> dict[UUID, int]:
    """Take up to as many pieces by line off what a locked order is still to ship.

    Only pieces that were bought and are in no parcel, from the newest fulfilment first; returns
    what was taken.
    Locks stock last.
    """
    left = dict(pieces)
    taken: Counter[UUID] = Counter()
    freed: Counter[tuple[UUID, UUID]] = Counter()
    for part in reversed(await parts_of(session, order["id"])):
        if not part.is_sale:
            continue
        mine: dict[UUID, int] = {}
        for line in part.lines:
            if n := min(line.open, left.get(line.line_id, 0)):
                left[line.line_id] -= n
                mine[line.line_id] = n
                taken[line.line_id] += n
                freed[line.sku_id, part.row["warehouse_id"]] += n
        if mine:
            await ShippingRepository(session).cancel(part.id, mine)
    if taken:
        await follow(session, order, "pieces_cancelled", actor=actor)
        await inventory.free(session, stock_owner(order["id"]), dict(sorted(freed.items())))
    return dict(taken)
