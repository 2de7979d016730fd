"""Shapes of journals by hand, and of what funders owe and pay."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from app.core.enums.finance import ManualKind, ManualState
from app.core.money import MAX_MINOR
from app.schemas.base import Code, Currency, Input, Output, SafeStr
from app.schemas.ledger import StatementLineOut

Reason = Annotated[SafeStr, Field(min_length=1, max_length=500)]
Reference = Annotated[SafeStr, Field(min_length=1, max_length=200)]
Month = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$", examples=["2026-10"])]
Amount = Annotated[int, Field(ge=1, le=MAX_MINOR, description="Minor units of the currency.")]
CountsAt = Annotated[
    AwareDatetime | None,
    Field(description="When it counts, not ahead of now; null: when it is posted."),
]


class ManualLineIn(Input):
    """One side of the journal: either a debit or a credit."""

    account: str = Field(
        min_length=1,
        max_length=128,
        description="A code of the chart that may be posted by hand.",
        examples=["bank:icbc", "gateway_fee"],
    )
    currency: Currency
    debit_minor: Amount | None = None
    credit_minor: Amount | None = None

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.debit_minor is None) == (self.credit_minor is None):
            raise ValueError("A line has either debit_minor or credit_minor")
        return self

    @property
    def signed_minor(self) -> int:
        return self.debit_minor or -(self.credit_minor or 0)


class ManualJournalIn(Input):
    reason: Reason
    attachment: Reference | None = Field(
        default=None, description="What it rests on: where the document is kept."
    )
    effective_at: CountsAt = None
    concerns: Month | None = Field(default=None, description="The closed month it is about.")
    lines: list[ManualLineIn] = Field(min_length=2, max_length=100)


class ReverseJournalIn(Input):
    reason: Reason
    effective_at: CountsAt = None
    concerns: Month | None = None


class RejectJournalIn(Input):
    reason: Reason


class ManualLineOut(Output):
    account: str
    currency: str
    amount_minor: int = Field(description="Signed: debit positive.")


class ManualJournalOut(Output):
    id: UUID
    number: str = Field(description="The ledger knows it as `<kind>:<number>` once it is posted.")
    kind: ManualKind
    state: ManualState
    reason: str
    attachment: str | None
    effective_at: datetime | None
    concerns: str | None
    reverses_id: UUID | None
    drafted_by: str
    settled_by: str | None = Field(description="Who posted or rejected it.")
    settled_at: datetime | None
    rejected_for: str | None
    reversed_at: datetime | None
    lines: list[ManualLineOut]
    version: int
    created_at: datetime


class FunderReceiptIn(Input):
    """What a funder paid us; it may be a part of what it owes, never more."""

    currency: Currency
    amount_minor: Amount
    bank_account: Code = Field(description="Ours, as in `bank:{account}`.", examples=["icbc"])
    reference: Reference = Field(description="The bank's reference; taken once.")
    reason: Reason
    received_at: CountsAt = None


class FunderOut(Output):
    funder: str
    currency: str
    owed_minor: int = Field(description="Below zero: we owe it, for goods that came back later.")


class FunderStatementOut(Output):
    """`closing_minor` is opening, and new, less given back, less settled."""

    funder: str
    currency: str
    opening_minor: int
    new_minor: int = Field(description="Its part of discounts of orders that were paid.")
    given_back_minor: int = Field(description="Its part of discounts of goods that came back.")
    settled_minor: int = Field(description="What it paid, less receipts that were reversed.")
    closing_minor: int
    lines: list[StatementLineOut] = Field(
        description="Its documents, oldest first: `sponsored:{order}`, `sponsored_back:{refund}`,"
        " `funder_receipt:{number}`."
    )
    next_after: str | None = Field(
        description="Pass as `after` for the next page; null at the end."
    )
