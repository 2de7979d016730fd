"""Accounting periods, the balances they were closed with, and exports of journals."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.finance import PeriodState
from app.models.base import Base, Code, Currency, Entity, Json, Minor, Versioned, not_negative


class AccountingPeriod(Versioned):
    """A month of the books, `2026-10`, from `starts_at` to before `ends_at`.

    Unless it is open, a trigger of the ledger refuses journals that count within it. While it is
    closing, `closing_after` is the transaction up to which all must have ended.
    """

    __tablename__ = "accounting_periods"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="window_forward"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at_of_closed"),
        ExcludeConstraint(
            (func.tstzrange(text("starts_at"), text("ends_at")), "&&"),
            name="ex_accounting_periods_apart",
        ),
        Index("ix_accounting_periods_shut", "ends_at", postgresql_where=text("state <> 'open'")),
    )

    name: Mapped[str] = mapped_column(String(7), unique=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[PeriodState] = mapped_column(server_default="open")
    closing_after: Mapped[int | None] = mapped_column(BigInteger)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(128))


class PeriodBalance(Base):
    """A control account as its period was closed with; signed amounts are debit positive."""

    __tablename__ = "period_balances"
    __table_args__ = (
        CheckConstraint(
            "closing_minor = opening_minor + debit_minor - credit_minor", name="adds_up"
        ),
    )

    period_id: Mapped[UUID] = mapped_column(ForeignKey("accounting_periods.id"), primary_key=True)
    control: Mapped[str] = mapped_column(String(128), primary_key=True)
    currency: Mapped[Currency] = mapped_column(primary_key=True)
    opening_minor: Mapped[Minor]
    debit_minor: Mapped[Minor]
    credit_minor: Mapped[Minor]
    closing_minor: Mapped[Minor]


class LedgerExport(Entity):
    """Journals that were handed to accounting software: those that count in a span of time.

    Only journals below `below_position` are in it, which nobody adds to any more; so its file can
    be made again at any time and is the same. `debits` are minor units by currency. Append-only.

    Exports to one `target` are numbered from 1, and none has what an earlier one has.
    """

    __tablename__ = "ledger_exports"
    __table_args__ = (
        CheckConstraint("until_at > since_at", name="span_forward"),
        CheckConstraint("(target IS NULL) = (number IS NULL)", name="numbered_with_target"),
        UniqueConstraint("target", "number"),
        *not_negative("journals", "entries"),
    )

    since_at: Mapped[datetime]
    until_at: Mapped[datetime]
    below_position: Mapped[int] = mapped_column(BigInteger)
    journals: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int] = mapped_column(BigInteger)
    debits: Mapped[Json]
    actor: Mapped[str] = mapped_column(String(128))
    target: Mapped[Code | None]
    number: Mapped[int | None]
