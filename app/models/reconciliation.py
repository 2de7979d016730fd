"""Statements of gateways, what comparing them brought, and the days that were signed off."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.reconciliation import (
    CaseResolution,
    CaseState,
    ReconciledDayState,
    ReconciledKind,
    ReconciliationVerdict,
    StatedState,
)
from app.models.base import Base, Code, Currency, Entity, Minor, Versioned, not_negative


class StatementFile(Entity):
    """A file of a gateway that was taken in whole: one of a channel, day and kind counts.

    `sha256` is of the file as it came. A file without lines is the same on every quiet day. Another
    one took the place of a superseded one; `replaces_id` is whose place this one took.
    """

    __tablename__ = "statement_files"
    __table_args__ = (
        Index(
            "uq_statement_files_current",
            "channel",
            "day",
            "kind",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index(
            "uq_statement_files_content",
            "channel",
            "sha256",
            unique=True,
            postgresql_where=text("lines > 0 AND superseded_at IS NULL"),
        ),
        Index(
            "uq_statement_files_replaces_id",
            "replaces_id",
            unique=True,
            postgresql_where=text("replaces_id IS NOT NULL"),
        ),
        *not_negative("lines"),
    )

    channel: Mapped[Code]
    day: Mapped[date]
    kind: Mapped[Code]
    sha256: Mapped[str] = mapped_column(String(64))
    filename: Mapped[str] = mapped_column(String(200))
    lines: Mapped[int] = mapped_column(server_default="0")
    actor: Mapped[str | None] = mapped_column(String(128))
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("statement_files.id"))
    superseded_at: Mapped[datetime | None]


class StatementReplacement(Entity):
    """That a file should take the place of another: one person asks, another hands it in."""

    __tablename__ = "statement_replacements"
    __table_args__ = (
        UniqueConstraint("replaces_id", "sha256"),
        CheckConstraint("(taken_id IS NULL) = (approved_by IS NULL)", name="taken_by_somebody"),
        CheckConstraint("approved_by <> asked_by", name="two_people"),
        Index(
            "uq_statement_replacements_taken",
            "replaces_id",
            unique=True,
            postgresql_where=text("taken_id IS NOT NULL"),
        ),
    )

    replaces_id: Mapped[UUID] = mapped_column(ForeignKey("statement_files.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(500))
    asked_by: Mapped[str] = mapped_column(String(128))
    approved_by: Mapped[str | None] = mapped_column(String(128))
    taken_id: Mapped[UUID | None] = mapped_column(ForeignKey("statement_files.id"))


class StatedLine(Base):
    """A line of a file, as it was compared."""

    __abstract__ = True

    file_id: Mapped[UUID] = mapped_column(ForeignKey("statement_files.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Code]
    kind: Mapped[ReconciledKind]
    provider_id: Mapped[str] = mapped_column(String(128))
    out_trade_no: Mapped[str | None] = mapped_column(String(128))
    out_refund_no: Mapped[str | None] = mapped_column(String(128))
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    gross_minor: Mapped[Minor]
    currency: Mapped[Currency]
    at: Mapped[datetime]
    state: Mapped[StatedState]
    verdict: Mapped[ReconciliationVerdict]
    receipt_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_receipts.id"))
    refund_part_id: Mapped[UUID | None] = mapped_column(ForeignKey("refund_tenders.id"))
    is_settled: Mapped[bool] = mapped_column(server_default="false")
    raw: Mapped[str] = mapped_column(Text)


class SupersededLine(StatedLine):
    """A line of a file whose place another took, as it stood when that happened."""

    __tablename__ = "superseded_lines"


class StatementLine(StatedLine):
    """A line of a file, compared. Refunds are positive like payments.

    `gross_minor` is what it moves of what the gateway owes us, signed; of that it keeps
    `fee_minor`. `is_settled`: a settlement journal says that the gateway pays it out. A payment or
    refund of a channel counts once: another line of it is a duplicate.
    """

    __tablename__ = "statement_lines"
    __table_args__ = (
        CheckConstraint("NOT is_settled OR verdict <> 'duplicate_row'", name="settled_once"),
        CheckConstraint(
            "verdict <> 'matched' OR num_nonnulls(receipt_id, refund_part_id) = 1",
            name="matched_with_one",
        ),
        Index(
            "uq_statement_lines_fact",
            "channel",
            "kind",
            "provider_id",
            unique=True,
            postgresql_where=text("verdict NOT IN ('duplicate_row', 'not_compared')"),
        ),
        Index(
            "uq_statement_lines_receipt_id",
            "receipt_id",
            unique=True,
            postgresql_where=text("receipt_id IS NOT NULL"),
        ),
        Index(
            "uq_statement_lines_refund_part_id",
            "refund_part_id",
            unique=True,
            postgresql_where=text("refund_part_id IS NOT NULL"),
        ),
    )


class ReconciledDay(Versioned):
    """A day of a channel, as the gateway counts days, and who signed that it is explained."""

    __tablename__ = "reconciled_days"
    __table_args__ = (
        UniqueConstraint("channel", "day"),
        CheckConstraint("(state = 'signed') = (signed_at IS NOT NULL)", name="signed_at_of_signed"),
        CheckConstraint("(signed_at IS NULL) = (signed_by IS NULL)", name="signed_by_somebody"),
        CheckConstraint("matched BETWEEN 0 AND lines", name="matched_within"),
    )

    channel: Mapped[Code]
    day: Mapped[date]
    state: Mapped[ReconciledDayState] = mapped_column(server_default="open")
    lines: Mapped[int] = mapped_column(server_default="0")
    matched: Mapped[int] = mapped_column(server_default="0")
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None] = mapped_column(String(128))


class ReconciliationCase(Versioned):
    """A difference people have to explain. `ours_minor` and `theirs_minor` are signed.

    It is about a line, or about a receipt or part of a refund that no line is about: one of each,
    unless a line turned up and went with its file. `day` is the day whose sign-off waits for it.
    """

    __tablename__ = "reconciliation_cases"
    __table_args__ = (
        UniqueConstraint("file_id", "line"),
        CheckConstraint("(file_id IS NULL) = (line IS NULL)", name="whole_line"),
        CheckConstraint(
            "file_id IS NOT NULL OR num_nonnulls(receipt_id, refund_part_id) = 1",
            name="of_something",
        ),
        CheckConstraint("(state = 'resolved') = (resolution IS NOT NULL)", name="resolved_somehow"),
        CheckConstraint("(resolution IS NULL) = (resolved_at IS NULL)", name="resolved_at"),
        CheckConstraint(
            "resolution IS DISTINCT FROM 'corrected'"
            " OR num_nulls(proposed_by, resolved_by) = 0 AND proposed_by <> resolved_by",
            name="two_people",
        ),
        CheckConstraint("state <> 'proposed' OR proposed_by IS NOT NULL", name="proposed_by"),
        CheckConstraint(
            "(state = 'carried') = (verdict = 'cutoff_pending' AND resolution IS NULL)",
            name="carried_at_the_cut",
        ),
        Index(
            "uq_reconciliation_cases_receipt_id",
            "receipt_id",
            unique=True,
            postgresql_where=text(
                "receipt_id IS NOT NULL AND file_id IS NULL"
                " AND resolution IS DISTINCT FROM 'matched'"
            ),
        ),
        Index(
            "uq_reconciliation_cases_refund_part_id",
            "refund_part_id",
            unique=True,
            postgresql_where=text(
                "refund_part_id IS NOT NULL AND file_id IS NULL"
                " AND resolution IS DISTINCT FROM 'matched'"
            ),
        ),
        Index("ix_reconciliation_cases_day", "channel", "day"),
        Index(
            "ix_reconciliation_cases_open",
            "channel",
            postgresql_where=text("state <> 'resolved'"),
        ),
    )

    channel: Mapped[Code]
    day: Mapped[date]
    kind: Mapped[ReconciledKind]
    verdict: Mapped[ReconciliationVerdict]
    state: Mapped[CaseState]
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("statement_files.id"))
    line: Mapped[int | None]
    receipt_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_receipts.id"))
    refund_part_id: Mapped[UUID | None] = mapped_column(ForeignKey("refund_tenders.id"))
    number: Mapped[str | None] = mapped_column(String(128))
    provider_id: Mapped[str | None] = mapped_column(String(128))
    ours_minor: Mapped[Minor] = mapped_column(server_default="0")
    theirs_minor: Mapped[Minor] = mapped_column(server_default="0")
    currency: Mapped[Currency]
    owner: Mapped[str | None] = mapped_column(String(128))
    resolution: Mapped[CaseResolution | None]
    reason: Mapped[str | None] = mapped_column(String(500))
    proposed_by: Mapped[str | None] = mapped_column(String(128))
    resolved_by: Mapped[str | None] = mapped_column(String(128))
    resolved_at: Mapped[datetime | None]


class ReconciliationNote(Entity):
    """What somebody found out about a case. Append-only."""

    __tablename__ = "reconciliation_notes"
    __table_args__ = (Index("ix_reconciliation_notes_case_id", "case_id"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("reconciliation_cases.id"))
    actor: Mapped[str] = mapped_column(String(128))
    note: Mapped[str] = mapped_column(String(2_000))
