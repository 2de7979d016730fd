"""What sells."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.repositories.orders.sellers import SellerRepository


async def top_sellers(session: AsyncSession, *, days: int, count: int) -> Sequence[UUID]:
    """The `count` products on sale of which most pieces were sold in the last `days`, most first.

    Pieces of orders placed since then that are paid and not cancelled; gifts are not sold.
    """
    return await SellerRepository(session).top(now() - timedelta(days=days), count)
