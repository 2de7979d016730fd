"""Daily check-ins: as staff set them up and as members see them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.base import Id, Input, Output, SafeStr, Version
from app.services.crm import DEFAULT_ZONE, CheckInTerms

DayPoints = Annotated[int, Field(ge=0, le=1_000_000)]


class CheckInPlanPut(Input):
    """What may change about a plan; streaks that are under way go on by the new cycle."""

    points_by_day: Annotated[
        list[DayPoints],
        Field(
            min_length=1,
            max_length=31,
            description="One cycle: the points of the first day in a row, of the second and so on.",
        ),
    ]
    time_zone: Annotated[SafeStr, Field(min_length=1, max_length=64)] = Field(
        default=DEFAULT_ZONE,
        description="Where days begin at midnight: a name of the IANA time zone database.",
    )
    lifetime_days: Annotated[int, Field(ge=1, le=3_650)] | None = Field(
        default=None, description="How long the points live; null: as long as all points do."
    )
    is_active: bool = True

    def terms(self) -> CheckInTerms:
        return CheckInTerms(
            points_by_day=tuple(self.points_by_day),
            time_zone=self.time_zone,
            lifetime_days=self.lifetime_days,
            is_active=self.is_active,
        )


class CheckInPlanIn(CheckInPlanPut):
    channel_id: Id


class CheckInPlanOut(Output):
    id: UUID
    channel_id: UUID
    points_by_day: list[int]
    time_zone: str
    lifetime_days: int | None
    is_active: bool
    version: Version
    created_at: datetime
    updated_at: datetime


class CheckedInOut(Output):
    """What today brought; `is_new` is false when you had come today already."""

    day_on: date
    streak: int
    points: int
    is_new: bool


class CheckInDayOut(Output):
    day_on: date
    streak: int
    points: int


class CheckInCalendarOut(Output):
    """The days of a month you came.

    `streak` counts the days in a row up to today, or to yesterday while today is open. The next
    check-in without a gap brings `next_points`. `points_by_day` is one cycle of a streak.
    """

    today_on: date
    time_zone: str
    points_by_day: list[int]
    is_checked_in: bool
    streak: int
    next_points: int
    days: list[CheckInDayOut]
