"""Journals people write: drafted by one, posted by another."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.finance import ManualKind, ManualState
from app.models.base import Base, Currency, Minor, Versioned


class ManualJournal(Versioned):
    """A journal by hand; the ledger knows it as `<kind>:<number>` once it is posted.

    `attachment` names the document it rests on; for what a funder paid, the bank's reference.
    It counts at `effective_at`, or when it is posted. Who drafted it may not post it. A trigger
    refuses changes once it is settled, but for `reversed_at`, which is set when its reversal is
    posted.
    """

    __tablename__ = "manual_journals"
    __table_args__ = (
        CheckConstraint("(state = 'drafted') = (settled_by IS NULL)", name="settled_by_somebody"),
        CheckConstraint("(state = 'drafted') = (settled_at IS NULL)", name="settled_at_some_time"),
        CheckConstraint("state <> 'posted' OR settled_by <> drafted_by", name="two_people"),
        CheckConstraint("(state = 'rejected') = (rejected_for IS NOT NULL)", name="rejected_for"),
        CheckConstraint("reversed_at IS NULL OR state = 'posted'", name="reversed_when_posted"),
        CheckConstraint("kind <> 'funder_receipt' OR attachment IS NOT NULL", name="paid_by_bank"),
        Index("ix_manual_journals_open", "id", postgresql_where=text("state = 'drafted'")),
        Index(
            "uq_manual_journals_reverses_id",
            "reverses_id",
            unique=True,
            postgresql_where=text("state <> 'rejected'"),
        ),
        Index(
            "uq_manual_journals_receipt",
            "attachment",
            unique=True,
            postgresql_where=text(
                "kind = 'funder_receipt' AND state <> 'rejected' AND reverses_id IS NULL"
                " AND reversed_at IS NULL"
            ),
        ),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[ManualKind]
    state: Mapped[ManualState] = mapped_column(server_default="drafted")
    reason: Mapped[str] = mapped_column(String(500))
    attachment: Mapped[str | None] = mapped_column(String(200))
    effective_at: Mapped[datetime | None]
    concerns: Mapped[str | None] = mapped_column(String(7))
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("manual_journals.id"))
    drafted_by: Mapped[str] = mapped_column(String(128))
    settled_by: Mapped[str | None] = mapped_column(String(128))
    settled_at: Mapped[datetime | None]
    rejected_for: Mapped[str | None] = mapped_column(String(500))
    reversed_at: Mapped[datetime | None]


class ManualJournalLine(Base):
    """One leg as it was drafted; `amount_minor` is signed, debit positive. Append-only."""

    __tablename__ = "manual_journal_lines"
    __table_args__ = (CheckConstraint("amount_minor <> 0", name="amount_not_zero"),)

    journal_id: Mapped[UUID] = mapped_column(ForeignKey("manual_journals.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account: Mapped[str] = mapped_column(String(128))
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
