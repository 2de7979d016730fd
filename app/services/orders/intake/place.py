"""Placing what was sent in: one transaction each, so that one in trouble stops no other."""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.intake import IntakeState
from app.core.errors import DomainError, NotFound
from app.core.json import dump_bytes
from app.core.settings import CheckoutSettings
from app.repositories.orders.intake import IntakeRepository
from app.services import inventory, payments, system
from app.services.orders.entry import take_agreed
from app.services.orders.intake.errors import IllegalIntakeTransition
from app.services.orders.intake.sold import agreed_of

TRIES = 3
"""How often it is placed anew when stock moved between warehouses under its hands."""
OPEN = frozenset({IntakeState.RECEIVED, IntakeState.FAILED})


async def place_intake(
    sessions: Sessions,
    intake_id: UUID,
    *,
    actor: Actor | None,
    limits: CheckoutSettings,
    terms: payments.PaymentTerms,
) -> RowMapping:
    """Make an order of an intake that is none yet; whatever is in the way is kept with it.

    Whoever does the same at once finds the order of the first.
    """
    tried = 0
    while True:
        tried += 1
        try:
            async with unit_of_work(sessions) as session:
                return await _place(session, intake_id, actor, limits, terms)
        except DomainError as error:
            if isinstance(error, inventory.StockMoved) and tried < TRIES:
                continue
            refused = error
        async with unit_of_work(sessions) as session:
            return await _refuse(session, intake_id, refused)


async def retry_intake(
    sessions: Sessions,
    intake_id: UUID,
    *,
    actor: Actor,
    limits: CheckoutSettings,
    terms: payments.PaymentTerms,
) -> RowMapping:
    """Staff try again what failed. Raises `NotFound` and `IllegalIntakeTransition`."""
    async with unit_of_work(sessions) as session:
        row = await read_intake(session, intake_id)
        if row["state"] not in OPEN:
            raise IllegalIntakeTransition("Only what failed is tried again", state=row["state"])
        await system.record(session, actor, "orders.retry_intake", "order_intake", intake_id)
    return await place_intake(sessions, intake_id, actor=actor, limits=limits, terms=terms)


async def place_due(
    sessions: Sessions, *, limits: CheckoutSettings, terms: payments.PaymentTerms, limit: int
) -> int:
    """Place up to `limit` orders that were kept and then left; return how many there were."""
    async with unit_of_work(sessions) as session:
        due = await IntakeRepository(session).due(limit)
    for intake_id in due:
        await place_intake(sessions, intake_id, actor=None, limits=limits, terms=terms)
    return len(due)


async def read_intake(session: AsyncSession, intake_id: UUID) -> RowMapping:
    """Raises `NotFound`."""
    row = await IntakeRepository(session).get(intake_id)
    if row is None:
        raise NotFound("No such order was sent in")
    return row


def problem_of(refused: DomainError) -> dict[str, Any]:
    """A refusal as it is kept with what was refused: plain data."""
    return {
        "type": f"/problems/{refused.slug}",
        "title": refused.title,
        "title_zh": refused.title_zh,
        "detail": refused.detail,
        "context": orjson.loads(dump_bytes(dict(refused.context))),
    }


async def _place(
    session: AsyncSession,
    intake_id: UUID,
    actor: Actor | None,
    limits: CheckoutSettings,
    terms: payments.PaymentTerms,
) -> RowMapping:
    repository = IntakeRepository(session)
    row = await repository.get(intake_id, lock=True)
    if row is None:
        raise NotFound("No such order was sent in")
    if row["state"] not in OPEN:
        return row
    agreed = await agreed_of(session, row)
    placed = await take_agreed(session, agreed, actor=actor, limits=limits, terms=terms)
    await repository.settle(intake_id, IntakeState.PLACED, order_id=placed.id, is_try=True)
    return await read_intake(session, intake_id)


async def _refuse(session: AsyncSession, intake_id: UUID, refused: DomainError) -> RowMapping:
    repository = IntakeRepository(session)
    row = await repository.get(intake_id, lock=True)
    if row is None:
        raise refused
    if row["state"] in OPEN:
        await repository.settle(
            intake_id, IntakeState.FAILED, problem=problem_of(refused), is_try=True
        )
    return await read_intake(session, intake_id)
