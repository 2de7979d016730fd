"""Cost centres, what belongs to them, and what was booked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.finance import BudgetLevel, CostKind
from app.models.base import Base, Code, Currency, Minor, Name, Versioned


class CostCentre(Base):
    """Whose budget bears a cost. `unassigned` is always there."""

    __tablename__ = "cost_centres"

    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Name]
    budget_owner: Mapped[Name]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CostAssignment(Base):
    """Which centre bears what from now on: a promotion by id, points by their source."""

    __tablename__ = "cost_assignments"

    kind: Mapped[CostKind] = mapped_column(String(32), primary_key=True)
    subject: Mapped[Code] = mapped_column(primary_key=True)
    centre: Mapped[Code] = mapped_column(ForeignKey("cost_centres.code"))


class CostBooking(Base):
    """A cost as it was booked; below zero it was taken back. Append-only.

    `key` names the fact, so it is booked once.
    """

    __tablename__ = "cost_bookings"
    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        Index(
            "ix_cost_bookings_centre_booked_at",
            "centre",
            "booked_at",
            postgresql_include=["kind", "currency", "amount_minor"],
        ),
    )

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    centre: Mapped[Code] = mapped_column(ForeignKey("cost_centres.code"))
    kind: Mapped[CostKind] = mapped_column(String(32))
    subject: Mapped[Code]
    order_id: Mapped[UUID | None] = mapped_column(index=True)
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    booked_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class CostBudget(Versioned):
    """What a centre may spend from `starts_at` to before `ends_at`, on all kinds or one.

    Nothing is refused for it: it warns from `warn_bps` of `amount_minor` on.
    """

    __tablename__ = "cost_budgets"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("ends_at > starts_at", name="window_forward"),
        CheckConstraint("warn_bps BETWEEN 1 AND 10000", name="warn_within"),
        UniqueConstraint(
            "centre",
            "kind",
            "currency",
            "starts_at",
            "ends_at",
            name="uq_cost_budgets_once",
            postgresql_nulls_not_distinct=True,
        ),
    )

    centre: Mapped[Code] = mapped_column(ForeignKey("cost_centres.code"))
    kind: Mapped[CostKind | None] = mapped_column(String(32))
    currency: Mapped[Currency]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    amount_minor: Mapped[Minor]
    warn_bps: Mapped[int]


class CostBudgetWarning(Base):
    """A level a budget reached as it stood in `version`, told once. Append-only."""

    __tablename__ = "cost_budget_warnings"

    budget_id: Mapped[UUID] = mapped_column(ForeignKey("cost_budgets.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[BudgetLevel] = mapped_column(String(32), primary_key=True)
    amount_minor: Mapped[Minor]
    spent_minor: Mapped[Minor]
    raised_at: Mapped[datetime] = mapped_column(server_default=func.now())
