"""Check-in plans and the days members came."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.check_ins import CheckInPlan

_RUNNING = text("""
SELECT p.id, p.points_by_day, p.time_zone, p.lifetime_days, c.currency,
       now() AS at, CAST(now() AT TIME ZONE p.time_zone AS date) AS today_on
  FROM check_in_plans p JOIN channels c ON c.id = p.channel_id
 WHERE p.channel_id = :channel_id AND p.is_active
""")
_LOCK_MEMBER = text("SELECT id FROM members WHERE id = :id FOR NO KEY UPDATE")
_LAST = text("""
SELECT day_on, streak, points FROM check_ins
 WHERE member_id = :member_id AND plan_id = :plan_id ORDER BY day_on DESC LIMIT 1
""")
_ADD = text("""
INSERT INTO check_ins (member_id, plan_id, day_on, streak, points)
VALUES (:member_id, :plan_id, :day_on, :streak, :points)
""")
_MONTH = text("""
SELECT day_on, streak, points FROM check_ins
 WHERE member_id = :member_id AND plan_id = :plan_id
   AND day_on >= :first_on AND day_on < CAST(:first_on AS date) + interval '1 month'
 ORDER BY day_on
""")


class CheckInRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: CheckInPlan) -> None:
        self._session.add(row)

    async def get(self, plan_id: UUID, *, lock: bool = False) -> CheckInPlan | None:
        return await self._session.get(
            CheckInPlan, plan_id, with_for_update=lock or None, populate_existing=lock
        )

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[CheckInPlan]:
        statement = select(CheckInPlan).order_by(CheckInPlan.id.desc()).limit(limit)
        if after is not None:
            statement = statement.where(CheckInPlan.id < after)
        return (await self._session.scalars(statement)).all()

    async def knows_zone(self, name: str) -> bool:
        """Whether the database can tell days in a time zone."""
        statement = text("SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = :name)")
        return bool(await self._session.scalar(statement, {"name": name}))

    async def running(self, channel_id: UUID) -> Row[Any] | None:
        """The open plan of a channel, its currency, and what day it is there by the database."""
        return (await self._session.execute(_RUNNING, {"channel_id": channel_id})).first()

    async def lock_member(self, member_id: UUID) -> None:
        """The member's row stands for everything that is counted per member."""
        await self._session.execute(_LOCK_MEMBER, {"id": member_id})

    async def last(self, member_id: UUID, plan_id: UUID) -> Row[Any] | None:
        values = {"member_id": member_id, "plan_id": plan_id}
        return (await self._session.execute(_LAST, values)).first()

    async def came(self, **values: Any) -> None:
        await self._session.execute(_ADD, values)

    async def month(self, member_id: UUID, plan_id: UUID, first_on: date) -> Sequence[Row[Any]]:
        values = {"member_id": member_id, "plan_id": plan_id, "first_on": first_on}
        return (await self._session.execute(_MONTH, values)).all()
