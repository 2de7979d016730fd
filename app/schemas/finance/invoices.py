"""Shapes of titles and invoices."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.finance import InvoiceForm, InvoiceKind, InvoiceState, TitleKind
from app.schemas.base import Code, Input, Name, Output, SafeStr
from app.schemas.titles import CompanyDetailsIn, Form
from app.services.finance import Title

DocumentUrl = Annotated[SafeStr, Field(max_length=500, pattern=r"^https?://")]


class TitleIn(CompanyDetailsIn):
    """Whom invoices are made out to. A company names its tax number."""

    kind: TitleKind
    name: Name

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        self.require_whole(self.kind)
        return self

    def title(self, form: InvoiceForm = InvoiceForm.ELECTRONIC) -> Title:
        return Title(kind=self.kind, name=self.name, form=form, **self.details())


class TitleOut(Output):
    id: UUID
    kind: TitleKind
    name: str
    tax_number: str | None
    email: str | None
    address: str | None
    phone: str | None
    bank: str | None
    bank_account: str | None


class TitlesOut(Output):
    items: list[TitleOut]


class InvoiceRequestIn(Input):
    """A title that is kept, or another one; and whose invoice, where several merchants sell."""

    title_id: UUID | None = None
    title: TitleIn | None = None
    form: Form = InvoiceForm.ELECTRONIC
    merchant_id: UUID | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.title_id is None) == (self.title is None):
            raise ValueError("name a kept title by title_id or write one out")
        return self


class BilledOut(Output):
    """What may be invoiced of a line: what was paid by anything but gift cards and is not back."""

    line_id: UUID | None = Field(description="Null: the shipping fee.")
    quantity: int
    amount_minor: int
    tax_minor: int
    tax_rate_bps: int


class SellerBilledOut(BilledOut):
    """What a merchant may invoice of a line, or of its share of the shipping fee."""

    merchant_id: UUID


class InvoiceLineOut(BilledOut):
    name: str
    sku_code: str | None


class InvoiceOut(Output):
    """Amounts are above zero in red invoices too, and have their tax in them."""

    id: UUID
    order_id: UUID
    order_number: str
    merchant_id: UUID | None = Field(description="Who sells it. Null: all of an order, of before.")
    charge_id: UUID | None = Field(description="The charge it is of, paid after the others.")
    kind: InvoiceKind
    state: InvoiceState
    reverses_id: UUID | None = Field(description="The blue invoice that a red one takes back.")
    title: dict[str, Any]
    currency: str
    amount_minor: int
    tax_minor: int
    document_number: str | None
    document_url: str | None = Field(description="Where the PDF is.")
    ofd_url: str | None = Field(description="Where the OFD is.")
    issued_at: datetime | None
    reason: str | None
    version: int
    created_at: datetime
    lines: list[InvoiceLineOut]


class AdminInvoiceOut(InvoiceOut):
    member_id: UUID
    settled_by: str | None
    provider: str | None = Field(description="Whom it was left to. Null: nobody yet.")
    request_number: str | None = Field(description="The provider knows it by this.")
    tries: int = Field(description="How often the provider was asked about it.")
    next_title: dict[str, Any] | None = Field(
        description="Of a red invoice: whom the blue one after it is made out to."
    )


class InvoicesOut(Output):
    invoiceable_minor: int = Field(description="What an invoice would be made out for now.")
    currency: str
    lines: list[SellerBilledOut]
    invoices: list[InvoiceOut]


class IssueInvoiceIn(Input):
    document_number: Code
    document_url: DocumentUrl | None = None
    ofd_url: DocumentUrl | None = None


class RetitleInvoiceIn(Input):
    title: TitleIn
    form: Form = InvoiceForm.ELECTRONIC


class RejectInvoiceIn(Input):
    reason: Annotated[SafeStr, Field(min_length=1, max_length=500)]
