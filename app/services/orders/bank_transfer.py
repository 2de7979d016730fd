"""How an own order is paid by bank transfer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.repositories.orders import OrderReader
from app.services import payments
from app.services.orders.payment_owner import PAYMENT_OWNER


@dataclass(frozen=True, slots=True, kw_only=True)
class BankTransfer:
    """`reference` is what the shopper writes on the transfer: the order's number."""

    reference: str
    expires_at: datetime
    transfer: payments.TransferView


async def read_bank_transfer(
    session: AsyncSession, order_id: UUID, *, actor: Actor
) -> BankTransfer:
    """Raises `NotFound` for somebody else's order and `NotPaidByHand`."""
    reference, expires_at = await _own(session, order_id, actor)
    found = await payments.read_transfer(session, order_id)
    return BankTransfer(reference=reference, expires_at=expires_at, transfer=found)


async def prove_bank_transfer(
    session: AsyncSession, order_id: UUID, *, url: str, note: str | None, actor: Actor
) -> BankTransfer:
    """Show staff a picture of it. Raises as reading, `NotAwaitingPayment` and `TooManyProofs`."""
    reference, expires_at = await _own(session, order_id, actor)
    found = await payments.prove_transfer(
        session, order_id, url=url, note=note, owner=PAYMENT_OWNER
    )
    return BankTransfer(reference=reference, expires_at=expires_at, transfer=found)


async def _own(session: AsyncSession, order_id: UUID, actor: Actor) -> tuple[str, datetime]:
    row = await OrderReader(session).own(order_id, actor.id)
    if row is None:
        raise NotFound("No such order")
    return row.number, row.expires_at
