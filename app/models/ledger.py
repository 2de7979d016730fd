"""The double-entry ledger: accounts, journals, entries (payments specification 3.1)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, SmallInteger, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.ledger import AccountKind, Side
from app.models.base import Base, Code, Currency, Minor


class LedgerAccount(Base):
    """An account in one currency (or `PTS`, a quantity of points).

    `id` is derived from code and currency, so nothing is read to find it. Only a protected
    account keeps `balance_minor` (on its natural side), locked and moved with each journal; every
    other account is the fold of its entries.
    """

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        CheckConstraint("NOT is_protected OR balance_minor >= 0", name="protected_not_negative"),
        CheckConstraint("is_protected OR balance_minor = 0", name="system_balance_is_folded"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(128))
    currency: Mapped[Currency]
    kind: Mapped[AccountKind]
    side: Mapped[Side]
    owner_id: Mapped[UUID | None] = mapped_column(index=True)
    is_protected: Mapped[bool]
    balance_minor: Mapped[Minor] = mapped_column(server_default="0")
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LedgerJournal(Base):
    """Why money moved. `key` names the business fact, so the same fact is never posted twice."""

    __tablename__ = "ledger_journals"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(128), unique=True)
    input_hash: Mapped[str] = mapped_column(String(64))
    kind: Mapped[Code]
    order_id: Mapped[UUID | None] = mapped_column(index=True)
    member_id: Mapped[UUID | None]
    actor: Mapped[str | None] = mapped_column(String(128))
    reason: Mapped[str | None] = mapped_column(String(500))
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_journals.id"))
    effective_at: Mapped[datetime] = mapped_column(server_default=func.now())
    posted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LedgerEntry(Base):
    """One leg of a journal; `amount_minor` is signed, debit positive. Append-only.

    A statement trigger refuses entries that do not sum to zero per journal and currency.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (CheckConstraint("amount_minor <> 0", name="amount_not_zero"),)

    journal_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_journals.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_accounts.id"), index=True)
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    member_id: Mapped[UUID | None]
