"""Whom a member has invoices made out to."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.finance import TitleKind
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    kind: TitleKind
    name: str
    tax_number: str | None = None
    email: str | None = None

    def require_sound(self) -> None:
        """Raise `InvalidTaxNumber`."""
        if self.tax_number is not None and not is_tax_number(self.tax_number):
            raise InvalidTaxNumber("Check the number digit by digit", field="tax_number")


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


async def kept_title(session: AsyncSession, member_id: UUID, title_id: UUID | None) -> Title:
    """A kept title to make an invoice out to. Raises `NotFound`."""
    row = None if title_id is None else await InvoiceRepository(session).title(member_id, title_id)
    if row is None:
        raise NotFound("No such title")
    return Title(
        kind=TitleKind(row["kind"]),
        name=row["name"],
        tax_number=row["tax_number"],
        email=row["email"],
    )
