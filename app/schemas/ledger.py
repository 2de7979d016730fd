"""Shapes of the ledger, as staff read it."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.core.enums.ledger import AccountKind, Side
from app.schemas.base import Output

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
    entries: list[EntryOut]


class TrialLineOut(Output):
    kind: AccountKind
    currency: str = Unit
    side: Side
    balance_minor: int = Field(description="All accounts of the kind together.")


class TrialBalanceOut(Output):
    lines: list[TrialLineOut]
