"""Points that are promised and not yet granted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.payments import PendingPointsState
from app.models.base import Currency, Entity


class PendingPoints(Entity):
    """A grant that waits for `available_at`, when nothing can come back any more.

    `taken_back` of it was given up by refunds meanwhile. No journal knows it: nobody owes it yet.
    """

    __tablename__ = "pending_points"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("taken_back BETWEEN 0 AND quantity", name="taken_within_quantity"),
        CheckConstraint(
            "(state = 'cancelled') = (taken_back = quantity)", name="cancelled_when_gone"
        ),
        Index(
            "ix_pending_points_due",
            "available_at",
            "id",
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_pending_points_member_id",
            "member_id",
            "id",
            postgresql_where=text("state = 'pending'"),
        ),
    )

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    order_id: Mapped[UUID | None]
    currency: Mapped[Currency]
    source: Mapped[str] = mapped_column(String(128), unique=True)
    quantity: Mapped[int]
    taken_back: Mapped[int] = mapped_column(server_default="0")
    available_at: Mapped[datetime]
    state: Mapped[PendingPointsState] = mapped_column(server_default="pending")
