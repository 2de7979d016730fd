"""Pieces that are not wanted any more stay, and everybody may have them."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.shipping import HoldKind
from app.repositories.orders import HoldRepository, ShippingRepository
from app.services import inventory
from app.services.orders.payment_owner import stock_owner
from app.services.orders.shipping.holds import BY_ITSELF
from app.services.orders.shipping.standing import follow, parts_of


async def open_pieces(session: AsyncSession, order_id: UUID) -> Counter[UUID]:
    """By line, how many pieces that were bought are in no parcel."""
    found: Counter[UUID] = Counter()
    for part in await parts_of(session, order_id):
        for line in part.lines if part.is_sale else ():
            found[line.line_id] += line.open
    return found


async def drop_pieces(
    session: AsyncSession, order: RowMapping, pieces: Mapping[UUID, int], *, actor: Actor | None
) -> dict[UUID, int]:
    """Take up to as many pieces by line off what a locked order is still to ship.

    Only pieces that were bought and are in no parcel, from what waits, then from the newest
    fulfilment first; returns what was taken. Of what waits for goods those that are not there yet
    go first. Locks stock last.
    """
    left = dict(pieces)
    taken: Counter[UUID] = Counter()
    freed: Counter[tuple[UUID, UUID]] = Counter()
    unawaited: Counter[tuple[UUID, UUID]] = Counter()
    newest = list(await parts_of(session, order["id"]))[::-1]
    for part in sorted(newest, key=lambda each: each.waits is None):
        if not part.is_sale:
            continue
        mine: dict[UUID, int] = {}
        for line in part.lines:
            if n := min(line.open, left.get(line.line_id, 0)):
                left[line.line_id] -= n
                mine[line.line_id] = n
                taken[line.line_id] += n
                mine_of = freed if part.waits is None else unawaited
                mine_of[line.sku_id, part.row["warehouse_id"]] += n
        if mine:
            await ShippingRepository(session).cancel(part.id, mine)
    if taken:
        await follow(session, order, "pieces_cancelled", actor=actor)
        if unawaited:
            freed += await _await_less(session, order, unawaited)
        if freed:
            await inventory.free(session, stock_owner(order["id"]), dict(sorted(freed.items())))
    return dict(taken)


async def _await_less(
    session: AsyncSession, order: RowMapping, pieces: Counter[tuple[UUID, UUID]]
) -> Counter[tuple[UUID, UUID]]:
    """Let fewer pieces wait for goods; those of them that are there already, to be freed.

    A fulfilment that waits for nothing more may leave.
    """
    owner = stock_owner(order["id"])
    waiting = {
        (each.sku_id, each.warehouse_id): each.open
        for each in await inventory.backorders.open_of(session, owner)
    }
    stopped = {key: min(n, waiting.get(key, 0)) for key, n in pieces.items()}
    left = Counter(waiting)
    left.subtract(stopped)
    for part in await parts_of(session, order["id"]):
        here = part.row["warehouse_id"]
        if part.waits is not None and not any(
            left[line.sku_id, here] for line in part.lines if line.open
        ):
            await HoldRepository(session).lift(
                order["id"], HoldKind.BACKORDER, str(part.id), actor=BY_ITSELF
            )
    if stopped := {key: n for key, n in stopped.items() if n}:
        await inventory.backorders.stop(session, owner, stopped)
    return pieces - Counter(stopped)
