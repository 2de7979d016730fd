"""What orders are asked for besides what they cost when they were placed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.orders import ChargeKind, ChargeState
from app.models.base import Code, Currency, Minor, Versioned, not_negative

OPEN = "state IN ('due', 'awaiting')"


class OrderCharge(Versioned):
    """A difference an order is asked for after it was placed; paying it is agreeing to it.

    Its payment plan, once somebody pays, has its id as `order_id`. `tax_minor` is in the amount.
    `reference` names what it is for where that is not a change; `change` is what the order becomes
    when it is paid, which `settled_at` says it has. `earned_minor` of it became revenue when the
    goods left. Where goods are added they are an order of their own, `added_order_id`, and paid as
    any order is. All but `keep_minor` of one that a bank asks for, too, is to go back, for
    `back_reason`, as soon as the bank has decided.
    """

    __tablename__ = "order_charges"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("tax_minor BETWEEN 0 AND amount_minor", name="tax_in_amount"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_has_a_time"),
        CheckConstraint("(state = 'closed') = (close_reason IS NOT NULL)", name="closed_for"),
        CheckConstraint("settled_at IS NULL OR state IN ('paid', 'closed')", name="settled_last"),
        CheckConstraint(
            "earned_minor IS NULL OR state = 'paid' AND earned_minor BETWEEN 0 AND amount_minor",
            name="earns_what_was_paid",
        ),
        CheckConstraint(
            "keep_minor IS NULL OR state = 'paid' AND keep_minor BETWEEN 0 AND amount_minor",
            name="keeps_of_what_was_paid",
        ),
        CheckConstraint("(keep_minor IS NULL) = (back_reason IS NULL)", name="goes_back_for"),
        *not_negative("tax_rate_bps"),
        Index("ix_order_charges_order_id", "order_id", "id"),
        Index("ix_order_charges_member_id", "member_id", "id"),
        Index("ix_order_charges_due", "expires_at", postgresql_where=text(OPEN)),
        Index(
            "ix_order_charges_owed_back",
            "id",
            postgresql_where=text("keep_minor IS NOT NULL"),
        ),
        # Two changes that wait for money would not know of each other.
        Index(
            "uq_order_charges_change",
            "order_id",
            unique=True,
            postgresql_where=text(f"change IS NOT NULL AND {OPEN}"),
        ),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    member_id: Mapped[UUID]
    kind: Mapped[ChargeKind]
    state: Mapped[ChargeState] = mapped_column(server_default="due")
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    tax_minor: Mapped[Minor] = mapped_column(server_default="0")
    tax_rate_bps: Mapped[int] = mapped_column(server_default="0")
    reason: Mapped[str] = mapped_column(String(200))
    reference: Mapped[Code]
    actor: Mapped[str] = mapped_column(String(128))
    change: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    added_order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"), unique=True)
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    close_reason: Mapped[str | None] = mapped_column(String(200))
    earned_minor: Mapped[Minor | None]
    keep_minor: Mapped[Minor | None]
    back_reason: Mapped[str | None] = mapped_column(String(200))
