"""The double-entry ledger: accounts, journals, entries (payments specification 3.1)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.ledger import AccountKind, Side
from app.models.base import Base, Code, Currency, Minor, not_negative


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
    """Why money moved. `key` names the business fact, so the same fact is never posted twice.

    It counts at `effective_at`; when that is in another period than what it is about, `concerns`
    names the latter (`2026-10`). `position` is the number of the transaction that wrote it: below
    `ledger_horizon()` nothing is added any more. Journals from before it was kept have 0.
    """

    __tablename__ = "ledger_journals"
    __table_args__ = (
        CheckConstraint("effective_at <= posted_at", name="not_ahead"),
        Index("ix_ledger_journals_effective_at", "effective_at", "id"),
    )

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
    concerns: Mapped[str | None] = mapped_column(String(7))
    position: Mapped[int] = mapped_column(
        BigInteger, index=True, server_default=text("ledger_position()")
    )


class LedgerEntry(Base):
    """One leg of a journal; `amount_minor` is signed, debit positive. Append-only.

    A statement trigger refuses entries that do not sum to zero per journal and currency, that
    count at another time than their journal or are added to one of another transaction.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        Index("ix_ledger_entries_account_id_effective_at", "account_id", "effective_at"),
        Index(
            "ix_ledger_entries_effective_at",
            "effective_at",
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on"},
        ),
    )

    journal_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_journals.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_accounts.id"))
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    member_id: Mapped[UUID | None]
    effective_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LedgerTurnover(Base):
    """What a control account moved in an hour, of the journals up to the mark `turnovers`.

    `control` is the code of an account nobody owns, and else stands for all owners of a kind
    (`order_prepaid:*`, `gift_card:*:held`).
    """

    __tablename__ = "ledger_turnovers"
    __table_args__ = (
        CheckConstraint("entries > 0", name="entries_positive"),
        *not_negative("debit_minor", "credit_minor"),
    )

    control: Mapped[str] = mapped_column(String(128), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    hour_at: Mapped[datetime] = mapped_column(primary_key=True)
    debit_minor: Mapped[Minor]
    credit_minor: Mapped[Minor]
    entries: Mapped[int] = mapped_column(BigInteger)


class LedgerMark(Base):
    """How far a job has read the journals, in the order of position and id."""

    __tablename__ = "ledger_marks"

    name: Mapped[Code] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    journal_id: Mapped[UUID]


class LedgerSeal(Base):
    """The next journals in the order of position and id, hashed onto the hash before. Append-only.

    A seal covers what comes after the last journal of the one before, to its own last one.
    """

    __tablename__ = "ledger_seals"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("journals > 0", name="journals_positive"),
        UniqueConstraint("previous_hash"),
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    last_position: Mapped[int] = mapped_column(BigInteger)
    last_journal_id: Mapped[UUID]
    journals: Mapped[int]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(server_default=func.now())
