"""What becomes of an exchange when its difference is paid, and of that when the exchange is over.

Both come here one after the other, under the order's lock: whoever is last leaves nothing behind.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.orders import AfterSalesRepository, AxesRepository
from app.services.orders.after_sales.dearer import settle_difference
from app.services.orders.after_sales.replace import send_exchange


async def follow_difference_paid(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `ChargePaid`: what was looked at is sent; what is over gives it back.

    Runs again safely.
    """
    repository = AfterSalesRepository(session)
    order_id = UUID(str(payload["order_id"]))
    return_id = await repository.of_number(order_id, str(payload["reference"]))
    if return_id is None:
        return
    order = await AxesRepository(session).locked(order_id)
    row = await repository.one(return_id)
    if order is None or row is None:
        return
    await send_exchange(session, order, row)
    await settle_difference(session, row)


async def follow_moved(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `ReturnMoved`: of an exchange that is over nothing is owed. Runs again safely."""
    await AxesRepository(session).locked(UUID(str(payload["order_id"])))
    row = await AfterSalesRepository(session).one(UUID(str(payload["return_id"])))
    if row is not None:
        await settle_difference(session, row)
