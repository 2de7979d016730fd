"""Shapes of statements, differences and days."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.enums.reconciliation import (
    CaseResolution,
    CaseState,
    ReconciledDayState,
    ReconciledKind,
    ReconciliationVerdict,
)
from app.schemas.base import Input, Output, SafeStr
from app.services.payments.ports import StatementKind

Reason = Annotated[SafeStr, Field(min_length=1, max_length=500)]


class StatementFileOut(Output):
    """A file that was taken in whole."""

    id: UUID
    channel: str
    day: date
    kind: str = Field(examples=["trades"])
    sha256: str
    filename: str
    lines: int
    actor: str | None = Field(description="Null: fetched from the gateway.")
    replaces_id: UUID | None = Field(description="The file whose place it took.")
    created_at: datetime


class AskReplacementIn(Input):
    """Which file should take the place of the one that was taken in, and why."""

    kind: StatementKind
    sha256: Annotated[
        str,
        Field(
            pattern="^[0-9a-f]{64}$",
            description="Digest of the file as it came; `statement-differs` tells it.",
        ),
    ]
    reason: Reason


class ReplacementOut(Output):
    """That a file should take another's place; `taken_id` of the one that did."""

    id: UUID
    kind: str = Field(examples=["trades"])
    replaces_id: UUID
    sha256: str
    reason: str
    asked_by: str
    approved_by: str | None
    taken_id: UUID | None
    created_at: datetime


class CaseOut(Output):
    """A difference. Amounts are signed: what goes back is negative."""

    id: UUID
    channel: str
    day: date = Field(description="The day whose sign-off waits for it.")
    kind: ReconciledKind
    verdict: ReconciliationVerdict
    state: CaseState
    number: str | None = Field(description="Our number of the payment or refund.")
    provider_id: str | None = Field(description="The gateway's number.")
    ours_minor: int
    theirs_minor: int
    difference_minor: int = Field(description="What the gateway has more than we.")
    currency: str
    owner: str | None
    resolution: CaseResolution | None
    reason: str | None
    proposed_by: str | None
    resolved_by: str | None
    resolved_at: datetime | None
    created_at: datetime
    version: int


class NoteOut(Output):
    id: UUID
    actor: str
    note: str
    created_at: datetime


class CaseDetailOut(CaseOut):
    """A difference with the line as it came and what people noted."""

    line: int | None
    raw: str | None = Field(description="The line as it stands in the file; null without one.")
    notes: list[NoteOut]


class AssignIn(Input):
    owner: Annotated[SafeStr, Field(min_length=1, max_length=128)] | None


class CaseNoteIn(Input):
    note: Annotated[SafeStr, Field(min_length=1, max_length=2_000)]


class ReasonIn(Input):
    reason: Reason


class DayOut(Output):
    """A day of a channel as its gateway counts days."""

    id: UUID
    channel: str
    day: date
    state: ReconciledDayState
    lines: int
    matched: int
    open: int = Field(description="Cases that keep it from being signed.")
    carried: int = Field(description="What waits for the next day's statement.")
    signed_at: datetime | None
    signed_by: str | None
    version: int


class ProofOut(Output):
    """What the clearing account holds now: waiting, ahead and other are all of it.

    `waiting_minor` is ours and not settled, `ahead_minor` stated before we booked it,
    `other_minor` no payment or refund.
    """

    currency: str
    clearing_minor: int
    waiting_minor: int
    ahead_minor: int
    other_minor: int
    open_cases: int
    open_difference_minor: int
    unexplained_minor: int


class DayDetailOut(DayOut):
    proof: list[ProofOut]
