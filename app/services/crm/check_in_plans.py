"""Keeping what channels give for check-ins."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.check_ins import CheckInPlan
from app.repositories.crm import CheckInRepository
from app.services import catalog, system

DEFAULT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInTerms:
    """`points_by_day` is one cycle of a streak; points live `lifetime_days`, or as all do."""

    points_by_day: tuple[int, ...]
    time_zone: str = DEFAULT_ZONE
    lifetime_days: int | None = None
    is_active: bool = True

    def columns(self) -> dict[str, Any]:
        return asdict(self) | {"points_by_day": list(self.points_by_day)}


async def create_check_in_plan(
    session: AsyncSession, channel_id: UUID, terms: CheckInTerms, *, actor: Actor
) -> CheckInPlan:
    """Give a channel its plan. Raises `InvalidReference`, and `AlreadyExists` if it has one."""
    await _check(session, terms)
    channel = await catalog.channel(session, channel_id)
    row = CheckInPlan(id=new_id(), channel_id=channel.id, version=1, **terms.columns())
    CheckInRepository(session).add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise AlreadyExists("The channel has a plan", field="channel_id") from error
    await system.record(
        session, actor, "crm.create_check_ins", "check_in_plan", row.id, terms.columns()
    )
    return row


async def edit_check_in_plan(
    session: AsyncSession, plan_id: UUID, terms: CheckInTerms, *, version: int, actor: Actor
) -> CheckInPlan:
    """Replace the terms; streaks go on by the new cycle. Raises `NotFound`, `StaleVersion`."""
    row = await CheckInRepository(session).get(plan_id, lock=True)
    if row is None:
        raise NotFound("There is no such plan")
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    await _check(session, terms)
    changes = {
        name: [getattr(row, name), value]
        for name, value in terms.columns().items()
        if getattr(row, name) != value
    }
    if changes:
        for name, (_, value) in changes.items():
            setattr(row, name, value)
        row.version += 1
        row.updated_at = now()
        await session.flush()
        await system.record(session, actor, "crm.edit_check_ins", "check_in_plan", plan_id, changes)
    return row


async def get_check_in_plan(session: AsyncSession, plan_id: UUID) -> CheckInPlan:
    row = await CheckInRepository(session).get(plan_id)
    if row is None:
        raise NotFound("There is no such plan")
    return row


async def list_check_in_plans(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[CheckInPlan]:
    """Every channel's plan, newest first."""
    return await CheckInRepository(session).page(after=after, limit=limit)


async def _check(session: AsyncSession, terms: CheckInTerms) -> None:
    zone = terms.time_zone
    if zone != DEFAULT_ZONE and not await CheckInRepository(session).knows_zone(zone):
        raise InvalidReference("The database knows no such time zone", field="time_zone")
