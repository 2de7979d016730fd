"""A member comes by; the calendar of days a member came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.repositories.crm import CheckInRepository
from app.services import payments
from app.services.catalog import ChannelFacts
from app.services.crm.engine import next_streak, points_of

_TERMS = payments.PaymentTerms()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIn:
    """What today brought; `is_new` is false for who had come today already."""

    day_on: date
    streak: int
    points: int
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days of a month a member came.

    `streak` counts the days in a row up to today, or to yesterday while today is open;
    `next_points` is what the next check-in of the streak brings.
    """

    today_on: date
    time_zone: str
    points_by_day: Sequence[int]
    is_checked_in: bool
    streak: int
    next_points: int
    days: Sequence[Row[Any]]


async def check_in(
    session: AsyncSession,
    channel: ChannelFacts,
    *,
    member_id: UUID,
    terms: payments.PaymentTerms = _TERMS,
) -> CheckedIn:
    """Count a member's day once and give its points, as a lot of their own.

    Coming again on the same day changes nothing. Days are the database's, in the plan's time
    zone. Raises `NotFound` for a channel without an open plan.
    """
    repository = CheckInRepository(session)
    plan = await _running(repository, channel)
    await repository.lock_member(member_id)
    last = await repository.last(member_id, plan.id)
    if last is not None and last.day_on >= plan.today_on:
        return CheckedIn(day_on=last.day_on, streak=last.streak, points=last.points, is_new=False)
    streak = _streak(plan, last)
    points = points_of(plan.points_by_day, streak)
    await repository.came(
        member_id=member_id, plan_id=plan.id, day_on=plan.today_on, streak=streak, points=points
    )
    if points:
        lives = plan.lifetime_days
        await payments.grant_points(
            session,
            payments.GrantPoints(
                member_id=member_id,
                quantity=points,
                source=f"check_in:{plan.id}:{member_id}:{plan.today_on}",
                currency=plan.currency,
                expires_at=plan.at + timedelta(days=lives) if lives else None,
            ),
            terms=terms,
        )
    return CheckedIn(day_on=plan.today_on, streak=streak, points=points, is_new=True)


async def calendar(
    session: AsyncSession, channel: ChannelFacts, *, member_id: UUID, month_on: date | None = None
) -> Calendar:
    """The member's month that `month_on` is in, by default this one. Three statements.

    Raises `NotFound` for a channel without an open plan.
    """
    repository = CheckInRepository(session)
    plan = await _running(repository, channel)
    last = await repository.last(member_id, plan.id)
    is_checked_in = last is not None and last.day_on >= plan.today_on
    coming = _streak(plan, last)
    streak = last.streak if last is not None and is_checked_in else coming - 1
    following = streak + 1
    first_on = (month_on or plan.today_on).replace(day=1)
    return Calendar(
        today_on=plan.today_on,
        time_zone=plan.time_zone,
        points_by_day=plan.points_by_day,
        is_checked_in=is_checked_in,
        streak=streak,
        next_points=points_of(plan.points_by_day, following),
        days=await repository.month(member_id, plan.id, first_on),
    )


def _streak(plan: Row[Any], last: Row[Any] | None) -> int:
    if last is None:
        return next_streak(plan.today_on, None, 0)
    return next_streak(plan.today_on, last.day_on, last.streak)


async def _running(repository: CheckInRepository, channel: ChannelFacts) -> Row[Any]:
    plan = await repository.running(channel.id)
    if plan is None:
        raise NotFound("The channel gives nothing for check-ins")
    return plan
