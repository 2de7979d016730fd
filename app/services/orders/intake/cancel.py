"""A marketplace takes back what it sent in."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.intake import IntakeState
from app.core.errors import NotFound
from app.repositories.orders.intake import IntakeRepository
from app.services import payments, system
from app.services.orders.cancel import Gateways, begin_cancel
from app.services.orders.intake.place import OPEN, read_intake
from app.services.orders.intake.receive import marketplace
from app.services.orders.payment_owner import PAYMENT_OWNER


async def cancel_intake(
    sessions: Sessions,
    gateways: Gateways,
    channel: str,
    number: str,
    *,
    reason: str,
    actor: Actor,
    terms: payments.PaymentTerms,
) -> RowMapping:
    """Cancel by the marketplace's number; again changes nothing.

    What is no order yet will never be one. An order is cancelled as staff cancel it: its stock is
    everybody's again, and the marketplace, which gives its buyer everything back, owes us nothing
    for it. Raises `NotAMarketplace`, `NotFound`, and what keeps an order from being cancelled.
    """
    async with unit_of_work(sessions) as session:
        channel_id = await marketplace(session, channel)
        intake_id, plan_id = await _cancel(session, channel_id, number, reason, actor)
    if plan_id is not None:
        await payments.finish_close(sessions, gateways, PAYMENT_OWNER, plan_id, terms=terms)
    async with unit_of_work(sessions) as session:
        return await read_intake(session, intake_id)


async def _cancel(
    session: AsyncSession, channel_id: UUID, number: str, reason: str, actor: Actor
) -> tuple[UUID, UUID | None]:
    repository = IntakeRepository(session)
    known = await repository.find(channel_id, number)
    row = None if known is None else await repository.get(known["id"], lock=True)
    if row is None:
        raise NotFound("No order of that number was sent in")
    if row["state"] in OPEN:
        await repository.settle(row["id"], IntakeState.CANCELLED)
        changes = {"reason": reason}
        await system.record(
            session, actor, "orders.cancel_intake", "order_intake", row["id"], changes
        )
    if row["order_id"] is None or row["order_state"] == "cancelled":
        return row["id"], None
    return row["id"], await begin_cancel(session, row["order_id"], actor=actor, reason=reason)


async def find_intake(session: AsyncSession, channel: str, number: str) -> RowMapping:
    """What was sent in under a number. Raises `NotAMarketplace` and `NotFound`."""
    row = await IntakeRepository(session).find(await marketplace(session, channel), number)
    if row is None:
        raise NotFound("No order of that number was sent in")
    return row


async def list_intakes(
    session: AsyncSession,
    *,
    state: IntakeState | None,
    channel: str | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Any]:
    """One more than `limit`, newest first."""
    return await IntakeRepository(session).page(
        after=after, limit=limit + 1, state=state, channel=channel
    )
