"""What is promised in one warehouse is promised in another instead."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.inventory import PromiseRepository
from app.services.inventory.errors import StockMoved


async def move_promise(
    session: AsyncSession,
    owner: str,
    pieces: Mapping[UUID, int],
    *,
    member_id: UUID,
    from_id: UUID,
    to_id: UUID,
) -> None:
    """Move pieces by SKU that are promised to `owner` for good, all or none.

    Locks stock: call it as late as the transaction allows. Raises `StockMoved` where fewer are
    promised there, or free here; the transaction must then end.
    """
    if from_id == to_id or not pieces or any(n < 1 for n in pieces.values()):
        raise ValueError("nothing moves")
    moves = {(sku_id, from_id, to_id): n for sku_id, n in sorted(pieces.items())}
    if not await PromiseRepository(session).move(owner, member_id, moves):
        raise StockMoved("There is too little in the other warehouse")
