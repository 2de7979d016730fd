"""Changes of prices that staff planned, approved and took back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.pricing import ScheduleState
from app.models.base import Base, Minor, Versioned, not_negative


class PriceSchedule(Versioned):
    """Prices of a list that are to change at one instant; null: as soon as it is approved.

    While it is `scheduled` its rows stand in `prices` as changes to come, so that the instant
    needs nobody. `applied` says that they were written into the history, `cancelled` that they
    never took effect.
    """

    __tablename__ = "price_schedules"
    __table_args__ = (
        *not_negative("row_count", "largest_drop_bps"),
        CheckConstraint(
            "state NOT IN ('scheduled', 'applied') OR takes_effect_at IS NOT NULL",
            name="scheduled_for_an_instant",
        ),
        Index("ix_price_schedules_price_list_id", "price_list_id", "takes_effect_at"),
    )

    price_list_id: Mapped[UUID] = mapped_column(ForeignKey("price_lists.id"))
    state: Mapped[ScheduleState]
    takes_effect_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500))
    row_count: Mapped[int]
    largest_drop_bps: Mapped[int]
    needs_approval: Mapped[bool]
    drafted_by: Mapped[str] = mapped_column(String(128))
    approved_by: Mapped[str | None] = mapped_column(String(128))
    cancelled_by: Mapped[str | None] = mapped_column(String(128))
    cancel_reason: Mapped[str | None] = mapped_column(String(500))


class PriceScheduleRow(Base):
    """One price of a plan; `old_minor` is what it was expected to be, null what is no price."""

    __tablename__ = "price_schedule_rows"
    __table_args__ = (*not_negative("new_minor"),)

    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("price_schedules.id"), primary_key=True)
    sku_id: Mapped[UUID] = mapped_column(
        ForeignKey("skus.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    min_quantity: Mapped[int] = mapped_column(primary_key=True)
    old_minor: Mapped[Minor | None]
    new_minor: Mapped[Minor | None]
