"""Facts finance publishes."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from app.core.enums.finance import BudgetLevel, InvoiceKind
from app.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetPassed(Event):
    """A cost centre has spent what its budget warns at, or more than it is. Told once a level.

    It is told anew after the budget was changed. Amounts are minor units of `currency`.
    """

    name: ClassVar[str] = "finance.budget_passed.v1"
    budget_id: UUID
    centre: str
    kind: str | None
    level: BudgetLevel
    currency: str
    amount_minor: int
    spent_minor: int

    @property
    @override
    def ordering_key(self) -> str:
        return f"cost_budget:{self.budget_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssued(Event):
    """An invoice has its document, blue or red. Amounts are above zero and have their tax in them.

    `merchant_id` is whose part of the order it is of, none for one of all of it.
    `email` is where the shopper wants it sent.
    """

    name: ClassVar[str] = "invoice.issued.v1"

    invoice_id: UUID
    order_id: UUID
    member_id: UUID
    merchant_id: UUID | None
    kind: InvoiceKind
    document_number: str
    document_url: str | None
    ofd_url: str | None
    currency: str
    amount_minor: int
    tax_minor: int
    email: str | None

    @property
    @override
    def ordering_key(self) -> str:
        return f"order:{self.order_id}"
