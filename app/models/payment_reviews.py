"""What people have to look at about a payment."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.payments import ReviewKind, ReviewState
from app.models.base import Code, Currency, Minor, Versioned


class PaymentReview(Versioned):
    """One reason for people to look at a plan; open once for each matter.

    `reference` names the matter where a plan may have several: the gateway's transaction, or our
    number of a refund there. `closed_for` says in words why nothing is left to do.
    """

    __tablename__ = "payment_reviews"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_at_when_closed"),
        CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)"
            " AND (closed_at IS NULL) = (closed_for IS NULL)",
            name="closed_by_somebody_for_something",
        ),
        Index(
            "uq_payment_reviews_open",
            "plan_id",
            "kind",
            "reference",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_payment_reviews_open", "id", postgresql_where=text("state = 'open'")),
        Index("ix_payment_reviews_plan_id", "plan_id"),
    )

    order_id: Mapped[UUID]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("payment_plans.id"))
    member_id: Mapped[UUID]
    kind: Mapped[ReviewKind]
    reference: Mapped[str] = mapped_column(String(128), server_default="")
    amount_minor: Mapped[Minor | None]
    currency: Mapped[Currency]
    state: Mapped[ReviewState] = mapped_column(server_default="open")
    assignee: Mapped[Code | None]
    closed_by: Mapped[Code | None]
    closed_for: Mapped[str | None] = mapped_column(String(200))
    closed_at: Mapped[datetime | None]
