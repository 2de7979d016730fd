"""What is promised in one warehouse is promised in another instead."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.inventory import Move, PromiseRepository
from app.services.inventory.engine import explode
from app.services.inventory.errors import StockMoved
from app.services.inventory.kits import of as kits_of_owner


async def move_promise(
    session: AsyncSession,
    owner: str,
    pieces: Mapping[UUID, int],
    *,
    member_id: UUID,
    from_id: UUID,
    to_id: UUID,
) -> None:
    """Move pieces by SKU that are promised to `owner`, all or none; unpaid ones expire as before.

    Locks stock: call it as late as the transaction allows. Raises `StockMoved` where fewer are
    promised there, or free here; the transaction must then end.
    """
    moves = {(sku_id, from_id, to_id): n for sku_id, n in pieces.items()}
    await move_promises(session, owner, moves, member_id=member_id)


async def move_promises(
    session: AsyncSession, owner: str, pieces: Mapping[Move, int], *, member_id: UUID
) -> None:
    """Move pieces by SKU, warehouse they are promised in and warehouse they shall be promised in.

    From one warehouse of each SKU to any number of others; all or none, in one statement. Kits
    move as what was promised with them. Raises as `move_promise`.
    """
    if not pieces or any(n < 1 or here == there for (_, here, there), n in pieces.items()):
        raise ValueError("nothing moves")
    kits = await kits_of_owner(session, owner)
    taken: Counter[Move] = Counter()
    for (sku_id, here, there), n in pieces.items():
        for part_id, each in explode({sku_id: n}, kits).items():
            taken[part_id, here, there] += each
    moves = dict(sorted(taken.items()))
    if not await PromiseRepository(session).move(owner, member_id, moves):
        raise StockMoved("There is too little in the other warehouse")
