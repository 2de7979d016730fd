"""What brings shoppers back."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.models.check_ins import CheckInPlan
from app.repositories.reports.growth_invariants import CHECK_INS
from app.repositories.reports.money_invariants import LEDGER, STORED_VALUE


async def make_check_in_plan(
    session: AsyncSession, channel_id: UUID, **overrides: Any
) -> CheckInPlan:
    """An open plan of 10, 20 and 50 points, with days of Shanghai."""
    row = CheckInPlan(
        **{
            "id": new_id(),
            "channel_id": channel_id,
            "points_by_day": [10, 20, 50],
            "time_zone": "Asia/Shanghai",
            "is_active": True,
            "version": 1,
            **overrides,
        }
    )
    session.add(row)
    await session.flush()
    return row


async def came(
    session: AsyncSession, plan: CheckInPlan, member_id: UUID, days_ago: int, streak: int
) -> None:
    """A check-in of another day, for nothing."""
    await session.execute(
        text(
            "INSERT INTO check_ins (member_id, plan_id, day_on, streak, points)"
            " VALUES (:member_id, :plan_id,"
            " CAST(now() AT TIME ZONE CAST(:zone AS text) AS date) - CAST(:ago AS int), :streak, 0)"
        ),
        {
            "member_id": member_id,
            "plan_id": plan.id,
            "zone": plan.time_zone,
            "ago": days_ago,
            "streak": streak,
        },
    )


async def check_growth(session: AsyncSession) -> None:
    """The audit's invariants of growth and of the points it gives."""
    connection = await session.connection()
    for invariant in (*CHECK_INS, *LEDGER, *STORED_VALUE):
        rows = (await connection.exec_driver_sql(invariant.sql)).all()
        assert rows == [], invariant.name
