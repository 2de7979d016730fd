"""Revenue follows parcels: what left is recognised, once it is paid."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services import orders
from app.services.finance.recognise import (
    NothingPaidInAdvance,
    Recognise,
    UnitsNotLeft,
    recognise,
)


async def recognise_shipment(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `OrderShipped`: its units become revenue. What is paid at the door waits for that.

    Units that came back meanwhile are left out. Runs again safely: the parcel's number counts once.
    """
    units = {
        UUID(str(line)): int(n)
        for line, n in zip(payload["line_ids"], payload["quantities"], strict=True)
    }
    await _recognise(session, UUID(str(payload["order_id"])), payload["shipment_number"], units)


async def recognise_sent(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `OrderPaid`: what left before it was paid becomes revenue now."""
    order_id = UUID(str(payload["order_id"]))
    for parcel in await orders.shipping.sent(session, order_id):
        units = {UUID(line): n for line, n in parcel["units"].items()}
        await _recognise(session, order_id, parcel["number"], units)


async def _recognise(
    session: AsyncSession, order_id: UUID, reference: str, units: dict[UUID, int]
) -> None:
    try:
        await recognise(session, Recognise(order_id=order_id, reference=reference, units=units))
    except NothingPaidInAdvance:
        return
    except UnitsNotLeft as error:
        missing = error.context["missing"]
        left = {line: n - missing.get(str(line), 0) for line, n in units.items()}
        left = {line: n for line, n in left.items() if n > 0}
        if missing and left:
            await _recognise(session, order_id, reference, left)
