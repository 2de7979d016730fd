"""Whether the goods of an order may leave, as far as its money goes."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.payments.shipping import ShippingHoldRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingHold:
    """A payment that we booked and its gateway does not state; `number` is ours.

    It holds from the statement of `day` until people have explained it: the case is resolved.
    """

    case_id: UUID
    reason: str
    state: str
    channel: str
    day: date
    number: str | None
    amount_minor: int
    currency: str


async def holds(session: AsyncSession, order_id: UUID) -> tuple[ShippingHold, ...]:
    """Why an order must not leave now (payments specification 3.9); nothing where it may.

    Ask in the transaction that lets goods out.
    """
    rows = await ShippingHoldRepository(session).of_order(order_id)
    return tuple(ShippingHold(**row) for row in rows)
