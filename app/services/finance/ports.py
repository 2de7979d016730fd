"""What finance needs from outside: who issues invoices at the tax authority."""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Protocol

from app.core.enums.finance import InvoiceForm, TitleKind
from app.core.errors import DomainError


class ProviderState(StrEnum):
    """What a provider says of an invoice. `unknown` and `pending` never change our state."""

    PENDING = "pending"
    ISSUED = "issued"
    FAILED = "failed"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


class ProviderUnreachable(DomainError):
    """No usable answer: the invoice may be issued or not."""

    slug, title, title_zh = (
        "invoice-provider-unreachable",
        "The provider of invoices did not answer",
        "开票服务商无响应",
    )
    status = HTTPStatus.SERVICE_UNAVAILABLE


class ProviderRefused(DomainError):
    """The provider understood and said no: nothing is or will be issued under the number."""

    slug, title, title_zh = (
        "invoice-provider-refused",
        "The provider of invoices refused",
        "开票服务商拒绝开票",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Whom an invoice is made out to. A company has a tax number, and for a special all of it."""

    kind: TitleKind
    name: str
    tax_number: str | None = None
    email: str | None = None
    address: str | None = None
    phone: str | None = None
    bank: str | None = None
    bank_account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceItem:
    """Amounts are minor units with tax of `tax_rate_bps` in them. The shipping fee has no SKU.

    `quantity` is 0 where a red invoice takes back a part of a price and no goods.
    """

    name: str
    sku_code: str | None
    quantity: int
    amount_minor: int
    tax_minor: int
    tax_rate_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueInvoice:
    """`request_number` stays the same at every try: the same number again makes no second one.

    `merchant_code` names who sells and is taxed; None: all of an order, the platform's.
    """

    request_number: str
    order_number: str
    merchant_code: str | None
    form: InvoiceForm
    buyer: Buyer
    currency: str
    amount_minor: int
    tax_minor: int
    items: tuple[InvoiceItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRed(IssueInvoice):
    """Take back a part or all of a blue invoice. Amounts are above zero here too.

    `blue_request_number` is None where staff issued the blue one by hand.
    """

    blue_document_number: str
    blue_request_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderInvoice:
    """An invoice in the provider's books.

    One that is `issued` has a `document_number`; `amount_minor` where the provider tells it.
    """

    request_number: str
    state: ProviderState
    document_number: str | None = None
    document_url: str | None = None
    ofd_url: str | None = None
    amount_minor: int | None = None
    reason: str | None = None


class InvoiceProvider(Protocol):
    """Issues invoices at the tax authority. Called outside transactions only.

    Methods raise `ProviderUnreachable` when the outcome is unknown, and `ProviderRefused` when
    nothing is or will be issued. `code` is kept with each invoice that was left to it.
    """

    @property
    def code(self) -> str: ...

    async def issue(self, request: IssueInvoice) -> ProviderInvoice:
        """Ask for a blue invoice; usually `pending`."""
        ...

    async def issue_red(self, request: IssueRed) -> ProviderInvoice:
        """Ask for a red invoice, as `issue`."""
        ...

    async def query(self, request_number: str) -> ProviderInvoice:
        """What became of a request; `not_found` where it never arrived."""
        ...

    async def aclose(self) -> None:
        """Let go of connections; the process is ending."""
