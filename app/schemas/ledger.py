"""Shapes of the ledger, as staff read it."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.core.enums.ledger import AccountKind, Side
from app.schemas.base import Output
from app.services.ledger import AccountClass

Unit = Field(description="ISO 4217, or `PTS` for a quantity of points.")


class AccountOut(Output):
    id: UUID
    code: str = Field(examples=["gift_card:0192…:available"])
    currency: str = Unit
    kind: AccountKind
    side: Side
    owner_id: UUID | None
    is_protected: bool = Field(description="Belongs to a customer and never goes below zero.")
    balance_minor: int = Field(description="On the account's natural side.")
    created_at: datetime


class EntryOut(Output):
    account_id: UUID
    code: str
    currency: str = Unit
    amount_minor: int = Field(description="Signed: debit positive.")


class JournalOut(Output):
    """Entries sum to zero in every currency."""

    id: UUID
    key: str
    kind: str
    order_id: UUID | None
    member_id: UUID | None
    actor: str | None
    reason: str | None
    reverses_id: UUID | None
    effective_at: datetime
    posted_at: datetime
    concerns: str | None = Field(
        description="The closed period a correction is about.", examples=["2026-10"]
    )
    entries: list[EntryOut]


class TrialLineOut(Output):
    """One control account: an account nobody owns, or all of a kind that somebody owns."""

    control: str = Field(examples=["order_prepaid:*", "revenue:goods"])
    kind: AccountKind
    currency: str = Unit
    side: Side
    opening_minor: int = Field(description="Before `since`, on the natural side.")
    debit_minor: int = Field(description="Debits between `since` and `until`.")
    credit_minor: int = Field(description="Credits between `since` and `until`.")
    balance_minor: int = Field(description="Before `until`, on the natural side.")


class TrialBalanceOut(Output):
    lines: list[TrialLineOut]


class ChartLineOut(Output):
    """A kind of account, in English and Chinese."""

    kind: AccountKind
    account_class: AccountClass
    side: Side = Field(description="Where it grows.")
    is_protected: bool = Field(description="Belongs to a customer and never goes below zero.")
    is_by_hand: bool = Field(description="People may post to it: see `/finance/manual-journals`.")
    pattern: str = Field(description="How codes of the kind are made up.")
    name: str
    name_zh: str
    meaning: str
    meaning_zh: str


class ChartOut(Output):
    kinds: list[ChartLineOut]


class StatementLineOut(Output):
    """What one journal did to the account."""

    id: UUID = Field(description="The journal.")
    effective_at: datetime
    key: str
    kind: str
    order_id: UUID | None
    reason: str | None
    concerns: str | None
    amount_minor: int = Field(description="On the natural side: above zero the account grew.")
    balance_minor: int = Field(description="What the journal left.")


class StatementOut(Output):
    """A page of an account's statement, oldest first."""

    account_id: UUID
    code: str
    currency: str = Unit
    side: Side
    opening_minor: int = Field(description="Before the first line of this page.")
    lines: list[StatementLineOut]
    next_after: str | None = Field(
        description="Pass as `after` for the next page; null at the end."
    )
