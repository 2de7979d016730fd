"""Whom a member has invoices made out to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.finance import InvoiceForm, TitleKind
from app.core.errors import DomainError, NotFound
from app.core.ids import new_id
from app.repositories.finance.invoices import InvoiceRepository
from app.services.finance.engine.invoicing import is_tax_number

MOST_TITLES = 20


class TooManyTitles(DomainError):
    slug, title, title_zh = "too-many-titles", "Too many titles are kept", "发票抬头过多"


class InvalidTaxNumber(DomainError):
    """A digit is wrong or missing: the last character of a number checks the others."""

    slug, title, title_zh = (
        "invalid-tax-number",
        "That is no taxpayer's number",
        "纳税人识别号不正确",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class SpecialIncomplete(DomainError):
    """A special VAT invoice names a company with all that is registered; `missing` is not said."""

    slug, title, title_zh = (
        "special-invoice-incomplete",
        "A special VAT invoice needs more",
        "增值税专用发票信息不完整",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


DETAILS = ("address", "phone", "bank", "bank_account")
"""What is registered of a company, beside its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """Whom an invoice is made out to, and in which form."""

    kind: TitleKind
    name: str
    tax_number: str | None = None
    email: str | None = None
    address: str | None = None
    phone: str | None = None
    bank: str | None = None
    bank_account: str | None = None
    form: InvoiceForm = InvoiceForm.ELECTRONIC

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Title":
        """As an invoice or an order keeps it; what it does not name is not said."""
        return cls(
            kind=TitleKind(document["kind"]),
            name=document["name"],
            form=InvoiceForm(document.get("form") or InvoiceForm.ELECTRONIC),
            **{name: document.get(name) for name in ("tax_number", "email", *DETAILS)},
        )

    def require_sound(self) -> None:
        """Raise `InvalidTaxNumber` and `SpecialIncomplete`."""
        if self.tax_number is not None and not is_tax_number(self.tax_number):
            raise InvalidTaxNumber("Check the number digit by digit", field="tax_number")
        if self.form is not InvoiceForm.SPECIAL:
            return
        missing = [name for name in ("tax_number", *DETAILS) if getattr(self, name) is None]
        if self.kind is not TitleKind.COMPANY or missing:
            raise SpecialIncomplete("Name a company as it is registered", missing=missing)


async def list_titles(session: AsyncSession, member_id: UUID) -> Sequence[RowMapping]:
    """The newest first; twenty at most are kept."""
    return await InvoiceRepository(session).titles(member_id)


async def add_title(session: AsyncSession, member_id: UUID, title: Title) -> RowMapping:
    """Keep a title. Raises `InvalidTaxNumber` and `TooManyTitles`."""
    title.require_sound()
    invoices = InvoiceRepository(session)
    title_id = new_id()
    row = {
        "id": title_id,
        "member_id": member_id,
        "kind": title.kind,
        "name": title.name,
        "tax_number": title.tax_number,
        "email": title.email,
        **{name: getattr(title, name) for name in DETAILS},
    }
    if not await invoices.add_title(row, most=MOST_TITLES):
        raise TooManyTitles("Delete one first", limit=MOST_TITLES)
    return await read_title(session, member_id, title_id)


async def read_title(session: AsyncSession, member_id: UUID, title_id: UUID) -> RowMapping:
    """Raises `NotFound` for a title of somebody else, as for none."""
    row = await InvoiceRepository(session).title(member_id, title_id)
    if row is None:
        raise NotFound("No such title")
    return row


async def delete_title(session: AsyncSession, member_id: UUID, title_id: UUID) -> None:
    """Forget a title; invoices keep their copy. Raises `NotFound`."""
    if not await InvoiceRepository(session).delete_title(member_id, title_id):
        raise NotFound("No such title")


async def kept_title(
    session: AsyncSession,
    member_id: UUID,
    title_id: UUID | None,
    form: InvoiceForm = InvoiceForm.ELECTRONIC,
) -> Title:
    """A kept title to make an invoice out to. Raises `NotFound`."""
    row = None if title_id is None else await InvoiceRepository(session).title(member_id, title_id)
    if row is None:
        raise NotFound("No such title")
    return Title.of({**row, "form": form})
