"""Whom invoices are made out to, as shoppers and staff say it."""

from typing import Annotated, Any

from pydantic import Field

from app.core.enums.finance import InvoiceForm, TitleKind
from app.schemas.base import Input, SafeStr

TaxNumber = Annotated[str, Field(pattern=r"^[0-9A-Z]{15,20}$")]
Email = Annotated[SafeStr, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Form = Annotated[
    InvoiceForm,
    Field(
        description="`special`: a VAT invoice a company deducts; it needs all that is registered."
    ),
]


class CompanyDetailsIn(Input):
    """What is registered of a company: on special VAT invoices."""

    tax_number: TaxNumber | None = None
    email: Email | None = None
    address: Annotated[SafeStr, Field(min_length=1, max_length=200)] | None = None
    phone: Annotated[str, Field(pattern=r"^[0-9+() -]{5,32}$")] | None = None
    bank: Annotated[SafeStr, Field(min_length=1, max_length=100)] | None = None
    bank_account: Annotated[str, Field(pattern=r"^[0-9A-Z -]{6,40}$")] | None = None

    def require_whole(self, kind: TitleKind) -> None:
        """Raise `ValueError` where what is said does not go together."""
        if (kind is TitleKind.COMPANY) != (self.tax_number is not None):
            raise ValueError("a company has a tax number, a person has none")
        details = (self.address, self.phone, self.bank, self.bank_account)
        if kind is TitleKind.PERSONAL and any(details):
            raise ValueError("a person has nothing registered")
        if (self.bank is None) != (self.bank_account is None):
            raise ValueError("an account is at a bank")

    def details(self) -> dict[str, Any]:
        """What was said of the company, and where to send the document."""
        return {name: getattr(self, name) for name in CompanyDetailsIn.model_fields}
