"""Cost centres, what belongs to them, and what was booked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.finance import CostKind
from app.models.base import Base, Code, Currency, Minor, Name


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
    __table_args__ = (CheckConstraint("amount_minor <> 0", name="amount_not_zero"),)

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    centre: Mapped[Code] = mapped_column(ForeignKey("cost_centres.code"))
    kind: Mapped[CostKind] = mapped_column(String(32))
    subject: Mapped[Code]
    order_id: Mapped[UUID | None] = mapped_column(index=True)
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    booked_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
