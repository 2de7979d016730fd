"""Promising stock to an owner, keeping the promise, and taking it back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.inventory import ReservationRepository, StockRepository
from app.services.inventory import backorders
from app.services.inventory.engine import (
    Allocation,
    Destination,
    Kits,
    Level,
    RateOf,
    Wanted,
    beside,
    combine,
    explode,
    to_take,
)
from app.services.inventory.errors import StockMoved
from app.services.inventory.route import NO_KITS, kits_of, lacking_of, refuse, route


async def choose(
    session: AsyncSession,
    *,
    channel_id: UUID,
    wanted: Sequence[Wanted],
    to: Destination | None = None,
    rate_of: RateOf | None = None,
    sold_as: Kits = NO_KITS,
) -> tuple[Allocation, ...]:
    """What `route` chooses, without its reasons. Raises `OutOfStock`."""
    found = await route(
        session, channel_id=channel_id, wanted=wanted, to=to, rate_of=rate_of, sold_as=sold_as
    )
    return found.allocations


async def hold(
    session: AsyncSession,
    chosen: Sequence[Allocation],
    *,
    owner: str,
    member_id: UUID,
    channel_id: UUID,
    expires_at: datetime | None,
) -> None:
    """Promise what was chosen to `owner`, all of it or none; without `expires_at` for good.

    What is still to come waits, for two statements more. Of kits their parts are taken, and kept
    with the promise, so the owner gets them whatever becomes of the kit.

    One statement that locks rows every buyer of the goods waits for: call it as late as the
    transaction allows. When somebody was faster the transaction must end: `OutOfStock` says that
    there is too little now, `StockMoved` that there is enough, elsewhere.
    """
    there = [each for each in chosen if each.waits is None]
    if len(there) < len(chosen):
        waiting = {(each.sku_id, each.warehouse_id) for each in chosen if each.waits}
        await lock(session, waiting | to_take(there).keys())
    kits = {each.sku_id: each.parts for each in there if each.parts}
    is_held = await ReservationRepository(session).hold(
        [(*shelf, n) for shelf, n in to_take(there).items()],
        owner=owner,
        member_id=member_id,
        channel_id=channel_id,
        expires_at=expires_at,
        kits=[(kit_id, *part) for kit_id, parts in kits.items() for part in parts],
    )
    if is_held:
        if len(there) < len(chosen):
            await backorders.wait(
                session, chosen, owner=owner, member_id=member_id, expires_at=expires_at
            )
        return
    need = combine(Wanted(each.sku_id, each.quantity) for each in there)
    levels = await _levels(session, explode(need, kits), channel_id)
    await refuse(session, lacking_of(levels, need, kits), kits)
    raise StockMoved("Order again", retry_after_seconds=1)


async def lock(session: AsyncSession, keys: Iterable[tuple[UUID, UUID]]) -> None:
    """Lock stock by SKU and warehouse that several statements will take, as everybody does it."""
    await StockRepository(session).locked(sorted(keys))


async def commit(session: AsyncSession, owner: str) -> bool:
    """Turn what `owner` holds into a promise without expiry, once it is paid for.

    What had expired meanwhile is taken anew in the same warehouses. False, with nothing changed,
    when that is impossible or the reservations were released. Committing again changes nothing.
    """
    return await ReservationRepository(session).commit(owner)


async def release(session: AsyncSession, owner: str) -> None:
    """Give back what `owner` holds or was promised; what is given back once stays so."""
    await ReservationRepository(session).release(owner)


async def sweep(session: AsyncSession, *, limit: int) -> int:
    """Expire up to `limit` holds past their time and free their stock; return how many.

    Runs safely on several machines at once: each skips what another is handling.
    """
    return await ReservationRepository(session).expire(limit)


async def available(
    session: AsyncSession,
    sku_ids: Sequence[UUID],
    channel_id: UUID,
    *,
    wanted: Mapping[UUID, int] | None = None,
) -> dict[UUID, int]:
    """Pieces a channel can still promise of each SKU; SKUs without stock count zero.

    With `wanted` pieces by SKU: beside all else that is wanted, for kits take of what others do.
    """
    rows = await StockRepository(session).available(sku_ids, channel_id)
    there: dict[UUID, int] = {row.sku_id: row.available for row in rows}
    found = {sku_id: there.get(sku_id, 0) for sku_id in sku_ids}
    if wanted and (kits := kits_of(rows, wanted)):
        found |= beside(there, wanted, kits)
    return found


async def _levels(session: AsyncSession, need: Iterable[UUID], channel_id: UUID) -> list[Level]:
    rows = await StockRepository(session).levels(list(need), channel_id)
    return [Level(*row[: len(Level._fields)]) for row in rows]
