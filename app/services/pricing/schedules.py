"""Planned changes of prices: read, approved by somebody else, taken back in time."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.pricing import ScheduleState
from app.core.errors import NotFound, StaleVersion
from app.models.price_schedules import PriceSchedule
from app.repositories.pricing import ScheduleRepository
from app.services import system
from app.services.pricing.errors import (
    IllegalScheduleState,
    InvalidPriceRows,
    ScheduleTooSoon,
)
from app.services.pricing.lists import locked
from app.services.pricing.plans import LEAD, carry_out, require_lead


async def approve_schedule(
    session: AsyncSession, schedule_id: UUID, *, version: int, actor: Actor
) -> PriceSchedule:
    """Let a plan take effect at its instant, or at once if it has none.

    Raises `NotFound`, `StaleVersion`, `IllegalScheduleState`, `SecondPersonNeeded` for whoever
    planned it, `ScheduleTooSoon`, and `InvalidPriceRows` where another plan has taken the instant.
    """
    schedule = await _locked(session, schedule_id, version)
    _require(schedule, ScheduleState.PENDING)
    actor.require_other_than(schedule.drafted_by)
    repository = ScheduleRepository(session)
    await require_lead(repository, schedule.takes_effect_at)
    if collisions := await repository.collisions(schedule_id):
        raise InvalidPriceRows(
            "Another plan changes these prices at the same instant",
            faults=[{"sku_id": str(each), "code": "SAME_INSTANT"} for each in collisions],
        )
    schedule.approved_by = actor.principal
    await _moved(session, schedule, "pricing.approve_prices", actor)
    await carry_out(session, schedule)
    return schedule


async def cancel_schedule(
    session: AsyncSession, schedule_id: UUID, *, reason: str, version: int, actor: Actor
) -> PriceSchedule:
    """Take a plan back before its instant; its prices are as if it had never been.

    Raises `NotFound`, `StaleVersion`, `IllegalScheduleState`, and `ScheduleTooSoon` when its
    instant is less than a minute away.
    """
    schedule = await _locked(session, schedule_id, version)
    _require(schedule, ScheduleState.PENDING, ScheduleState.SCHEDULED)
    repository = ScheduleRepository(session)
    if schedule.state == ScheduleState.SCHEDULED and schedule.takes_effect_at is not None:
        _, clock = await repository.instants()
        if schedule.takes_effect_at < clock + LEAD:
            raise ScheduleTooSoon("It takes effect: plan the prices that are to follow")
        await repository.take_back(schedule_id)
    schedule.state = ScheduleState.CANCELLED
    schedule.cancelled_by, schedule.cancel_reason = actor.principal, reason
    await _moved(session, schedule, "pricing.cancel_prices", actor, {"reason": reason})
    return schedule


async def get_schedule(session: AsyncSession, schedule_id: UUID) -> PriceSchedule:
    row = await ScheduleRepository(session).get(schedule_id)
    if row is None:
        raise NotFound("There is no such plan")
    return row


async def list_schedules(
    session: AsyncSession,
    *,
    price_list_id: UUID | None = None,
    state: ScheduleState | None = None,
    after: UUID | None,
    limit: int,
) -> Sequence[PriceSchedule]:
    """Plans, newest first."""
    return await ScheduleRepository(session).page(
        list_id=price_list_id, state=state, after=after, limit=limit
    )


async def schedule_rows(
    session: AsyncSession, schedule_id: UUID, *, after: tuple[UUID, int] | None, limit: int
) -> Sequence[Any]:
    """Prices of a plan in order of SKU and quantity. Raises `NotFound`."""
    await get_schedule(session, schedule_id)
    return await ScheduleRepository(session).rows(schedule_id, after=after, limit=limit)


async def _locked(session: AsyncSession, schedule_id: UUID, version: int) -> PriceSchedule:
    """The plan, locked after its list: all that changes prices of one list queues there."""
    seen = await get_schedule(session, schedule_id)
    await locked(session, seen.price_list_id)
    row = await ScheduleRepository(session).get(schedule_id, lock=True)
    if row is None:
        raise NotFound("There is no such plan")
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    return row


def _require(schedule: PriceSchedule, *states: ScheduleState) -> None:
    if schedule.state not in states:
        raise IllegalScheduleState(f"It is {schedule.state}", state=schedule.state)


async def _moved(
    session: AsyncSession,
    schedule: PriceSchedule,
    action: str,
    actor: Actor,
    changes: dict[str, Any] | None = None,
) -> None:
    schedule.version += 1
    schedule.updated_at = now()
    await session.flush()
    await system.record(session, actor, action, "price_schedule", schedule.id, changes)
