"""Stock that is held for several orders to come: each takes its pieces over, the rest is let go."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.inventory import KitPromiseRepository, ReservationRepository
from app.repositories.inventory.earmarks import EarmarkRepository
from app.services.inventory.engine import Allocation, Wanted, combine, explode, to_take
from app.services.inventory.errors import StockMoved
from app.services.inventory.kits import of as kits_of_owner
from app.services.inventory.reserve import lock


async def take_over(
    session: AsyncSession,
    earmark: str,
    chosen: Sequence[Allocation],
    *,
    owner: str,
    member_id: UUID,
    expires_at: datetime | None,
) -> None:
    """What was chosen of the pieces held as `earmark` is promised to `owner` instead, all or none.

    Nothing becomes free in between. Raises `StockMoved` where another took the last ones there,
    or their time is over; the transaction must then end.
    """
    pieces = to_take(chosen)
    repository = EarmarkRepository(session)
    if kit_ids := {each.sku_id for each in chosen if each.parts}:
        await KitPromiseRepository(session).hand_on(earmark, owner, kit_ids)
    if not await repository.take_over(
        earmark, pieces, owner=owner, member_id=member_id, expires_at=expires_at
    ):
        raise StockMoved("Place it again", retry_after_seconds=1)


async def let_go(
    session: AsyncSession,
    earmark: str,
    wanted: Iterable[Wanted],
    *,
    chosen: Sequence[Allocation] = (),
) -> None:
    """Give pieces of what is held as `earmark` back to everybody; what is held no more is not.

    Whoever holds others in the same transaction names them as `chosen`, so that all stock is locked
    in one order.
    """
    need = explode(combine(wanted), await kits_of_owner(session, earmark))
    kept = await EarmarkRepository(session).kept(earmark, sorted(need), lock=True)
    freed = _taken(kept, need)
    if freed:
        await lock(session, {*freed, *to_take(chosen)})
        await ReservationRepository(session).free(earmark, freed)


def _taken(
    kept: Mapping[tuple[UUID, UUID], int], need: Mapping[UUID, int]
) -> dict[tuple[UUID, UUID], int]:
    """Pieces to give back, from one warehouse after the other."""
    left = dict(need)
    freed: dict[tuple[UUID, UUID], int] = {}
    for (sku_id, warehouse_id), count in kept.items():
        if pieces := min(count, left[sku_id]):
            freed[sku_id, warehouse_id] = pieces
            left[sku_id] -= pieces
    return freed
