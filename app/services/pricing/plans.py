"""Planning changes of prices: looking at them first, then for an instant or at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.pricing import ScheduleState
from app.core.ids import new_id
from app.models.price_schedules import PriceSchedule
from app.repositories.pricing import ScheduleRepository
from app.services import system
from app.services.pricing.engine import FoundPrice, Plan, RowFault, WantedPrice, plan_of
from app.services.pricing.errors import InvalidPriceRows, ScheduleTooSoon
from app.services.pricing.fold import fold_of_list
from app.services.pricing.lists import get_price_list, locked
from app.services.pricing.policies import price_policy

LEAD: Final = timedelta(seconds=60)
"""How long before its instant a change must be planned, and may still be cancelled.

Longer than any transaction that writes a plan may take: at the instant it is committed or was never
there, so nobody sees a price that is later said not to have been.
"""

MOST_FAULTS: Final = 1_000
CHUNK: Final = 1_000
"""SKUs whose prices one statement changes; a plan's statements make one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPrices:
    """Prices of a list that are to change at `takes_effect_at`, or as soon as may be.

    `faults` are rows that could not even be read.
    """

    price_list_id: UUID
    takes_effect_at: datetime | None
    reason: str
    rows: tuple[WantedPrice, ...]
    faults: tuple[RowFault, ...] = ()


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A plan and whether somebody else would have to approve it."""

    plan: Plan
    needs_approval: bool


async def look_at_plan(session: AsyncSession, command: PlanPrices) -> LookedAt:
    """What the plan would change, row by row, and what is wrong with it; writes nothing.

    Raises `NotFound`.
    """
    row = await get_price_list(session, command.price_list_id)
    found = await ScheduleRepository(session).meet(
        row.id, row.currency, command.rows, at=command.takes_effect_at
    )
    plan = plan_of(
        FoundPrice(
            each.row,
            tuple(map(str, each.sku_ids)),
            each.min_quantity,
            each.old_minor,
            each.new_minor,
            each.is_taken,
            each.floor_minor,
            each.cost_minor,
        )
        for each in found
    )
    plan = Plan(plan.rows, tuple(sorted((*plan.faults, *command.faults))))
    policy = await price_policy(session, row.channel_id)
    return LookedAt(plan, plan.needs_approval(policy.effective.approval_drop_bps))


async def plan_prices(session: AsyncSession, command: PlanPrices, *, actor: Actor) -> PriceSchedule:
    """Plan the change; it is scheduled, or applied, unless somebody else must approve it first.

    Raises `NotFound`, `InvalidPriceRows` with every faulty row, and `ScheduleTooSoon`.
    """
    await locked(session, command.price_list_id)
    looked = await look_at_plan(session, command)
    if looked.plan.faults or not looked.plan.rows:
        raise InvalidPriceRows(
            "Correct the rows", faults=[f._asdict() for f in looked.plan.faults[:MOST_FAULTS]]
        )
    repository = ScheduleRepository(session)
    await require_lead(repository, command.takes_effect_at)
    schedule = PriceSchedule(
        id=new_id(),
        price_list_id=command.price_list_id,
        state=ScheduleState.PENDING,
        takes_effect_at=command.takes_effect_at,
        reason=command.reason,
        row_count=len(looked.plan.rows),
        largest_drop_bps=looked.plan.largest_drop_bps,
        needs_approval=looked.needs_approval,
        drafted_by=actor.principal,
        version=1,
    )
    await repository.add(
        schedule,
        [
            (UUID(row.sku_id), row.min_quantity, row.old_minor, row.new_minor)
            for row in looked.plan.rows
        ],
    )
    changes = {"rows": schedule.row_count, "takes_effect_at": str(schedule.takes_effect_at)}
    await system.record(
        session, actor, "pricing.plan_prices", "price_schedule", schedule.id, changes
    )
    if not looked.needs_approval:
        await carry_out(session, schedule)
    return schedule


async def carry_out(session: AsyncSession, schedule: PriceSchedule) -> None:
    """Put the changes of a plan into prices; what is for now is folded at once."""
    repository = ScheduleRepository(session)
    is_for_now = schedule.takes_effect_at is None
    if is_for_now:
        schedule.takes_effect_at, _ = await repository.instants()
    schedule.state = ScheduleState.APPLIED if is_for_now else ScheduleState.SCHEDULED
    await session.flush()
    sku_ids = await repository.sku_ids(schedule.id)
    for chunk in _chunks(sku_ids):
        await fold_of_list(session, schedule.price_list_id, chunk)
        await repository.put(schedule.id, chunk)
        if is_for_now:
            await fold_of_list(session, schedule.price_list_id, chunk)


async def require_lead(repository: ScheduleRepository, instant: datetime | None) -> None:
    """Raise `ScheduleTooSoon` when `instant` is past or too near; null is now and never is."""
    if instant is None:
        return
    _, clock = await repository.instants()
    if instant < clock + LEAD:
        raise ScheduleTooSoon(
            f"Plan a change at least {LEAD.seconds} seconds ahead, or for now",
            earliest_at=(clock + LEAD).isoformat(),
        )


def _chunks(sku_ids: Sequence[UUID]) -> list[Sequence[UUID]]:
    return [sku_ids[start : start + CHUNK] for start in range(0, len(sku_ids), CHUNK)]
