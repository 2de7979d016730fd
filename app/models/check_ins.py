"""Daily check-ins: what a channel gives for them, and the days members came."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Integer, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Versioned


class CheckInPlan(Versioned):
    """What members of a channel get for coming day by day.

    `points_by_day` is one cycle: the points of the first day of a streak, of the second and so on;
    then it starts again. A day begins at midnight in `time_zone`. Points live `lifetime_days`, as
    long as all points do without it.
    """

    __tablename__ = "check_in_plans"
    __table_args__ = (
        CheckConstraint("cardinality(points_by_day) BETWEEN 1 AND 31", name="cycle_length"),
        CheckConstraint("0 <= ALL (points_by_day)", name="points_not_negative"),
        CheckConstraint("lifetime_days > 0", name="lifetime_days_positive"),
    )

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"), unique=True)
    points_by_day: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    time_zone: Mapped[str] = mapped_column(String(64), server_default="Asia/Shanghai")
    lifetime_days: Mapped[int | None]
    is_active: Mapped[bool] = mapped_column(server_default="true")


class CheckIn(Base):
    """A member came on a day; `streak` counts the days in a row. Never changed.

    The key makes it once a day; the lot of its points has the source `check_in:<plan>:<member>:
    <day>`.
    """

    __tablename__ = "check_ins"
    __table_args__ = (
        CheckConstraint("streak > 0", name="streak_positive"),
        CheckConstraint("points >= 0", name="points_not_negative"),
    )

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("check_in_plans.id"), primary_key=True)
    day_on: Mapped[date] = mapped_column(primary_key=True)
    streak: Mapped[int]
    points: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
