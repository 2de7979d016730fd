"""What members ask of their balances, and what staff say about them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.payments import WithdrawalState
from app.models.base import Base, Currency, Minor, Versioned


class BalanceFreeze(Base):
    """A member whose balance pays nothing and is not paid out; what comes in still comes in."""

    __tablename__ = "balance_freezes"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(500))
    frozen_by: Mapped[str] = mapped_column(String(128))
    frozen_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Withdrawal(Versioned):
    """Balance a member wants to have at a bank. Its money is held until it is paid or given up.

    `account_sealed` is encrypted; people see `account_tail`.
    """

    __tablename__ = "withdrawals"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint(
            "(state = 'paid') = (reference IS NOT NULL AND paid_by IS NOT NULL)",
            name="paid_has_reference",
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'paid') OR approved_by IS NOT NULL",
            name="approved_by_somebody",
        ),
        Index("ix_withdrawals_member_id", "member_id", "id"),
        Index(
            "ix_withdrawals_open", "id", postgresql_where=text("state IN ('requested', 'approved')")
        ),
    )

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    payee: Mapped[str] = mapped_column(String(200))
    account_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    account_tail: Mapped[str] = mapped_column(String(4))
    state: Mapped[WithdrawalState]
    approved_by: Mapped[str | None] = mapped_column(String(128))
    paid_by: Mapped[str | None] = mapped_column(String(128))
    reference: Mapped[str | None] = mapped_column(String(128))
    reason: Mapped[str | None] = mapped_column(String(500))
