"""Leaving invoices to a provider, and asking what became of them."""

import asyncio
import logging
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.finance import InvoiceKind, InvoiceState
from app.core.errors import DomainError, StaleVersion
from app.core.settings import InvoiceSettings
from app.repositories.finance.invoices import InvoiceRepository
from app.services import system
from app.services.finance.invoice_settle import IssuedDocument, settle_failed, settle_issued
from app.services.finance.invoice_standing import WAITING, locked_invoice, read_invoice
from app.services.finance.invoices import InvoiceSettled
from app.services.finance.ports import (
    Buyer,
    InvoiceItem,
    InvoiceProvider,
    IssueInvoice,
    IssueRed,
    ProviderInvoice,
    ProviderRefused,
    ProviderState,
    ProviderUnreachable,
)
from app.services.finance.titles import Title

log = logging.getLogger(__name__)


class NoInvoiceProvider(DomainError):
    slug, title, title_zh = (
        "no-invoice-provider",
        "No provider of invoices is set up",
        "未配置开票服务商",
    )


@dataclass(frozen=True, slots=True)
class Pushed:
    """How many invoices a round asked about, and how many of them were settled."""

    asked: int
    settled: int


async def send_invoice(
    session: AsyncSession,
    invoice_id: UUID,
    provider: InvoiceProvider | None,
    *,
    version: int,
    actor: Actor,
) -> RowMapping:
    """Leave an invoice to the provider, also one it said no to: under a new number then.

    The worker asks. Raises `NoInvoiceProvider`, `NotFound`, `StaleVersion` and `InvoiceSettled`.
    """
    if provider is None:
        raise NoInvoiceProvider("Enter what was issued by hand")
    row = await locked_invoice(session, invoice_id)
    if row["version"] != version:
        raise StaleVersion("It was changed meanwhile", version=row["version"])
    if row["state"] not in WAITING:
        raise InvoiceSettled("It is settled, or a provider has it", state=row["state"])
    await InvoiceRepository(session).send(invoice_id, provider=provider.code)
    changes = {"provider": provider.code}
    await system.record(session, actor, "finance.send_invoice", "invoice", invoice_id, changes)
    return await read_invoice(session, invoice_id)


async def push_invoices(
    sessions: Sessions, provider: InvoiceProvider | None, settings: InvoiceSettings, *, limit: int
) -> Pushed:
    """One round: what is asked for goes to the provider, and it is asked about what it has.

    Each invoice is claimed for a while that doubles with every try, so several workers share the
    work. The first try issues; later ones ask first, and issue again, under the same number, only
    what never arrived. Silence and contradictions change no state.
    """
    if provider is None:
        return Pushed(0, 0)
    wanted = {InvoiceKind.BLUE: settings.sends_blue, InvoiceKind.RED: settings.sends_red}
    async with unit_of_work(sessions) as session:
        await InvoiceRepository(session).send_new(
            [kind for kind, is_sent in wanted.items() if is_sent],
            provider=provider.code,
            limit=limit,
        )
    async with unit_of_work(sessions) as session:
        due = await InvoiceRepository(session).due(
            provider=provider.code, query_after_seconds=settings.query_after_seconds, limit=limit
        )
    settled = 0
    for invoice_id in due:
        try:
            settled += await _push(sessions, provider, settings, invoice_id)
        except DomainError as error:
            log.warning("invoice %s: %s", invoice_id, error)
    return Pushed(len(due), settled)


async def _push(
    sessions: Sessions, provider: InvoiceProvider, settings: InvoiceSettings, invoice_id: UUID
) -> bool:
    async with unit_of_work(sessions) as session:
        row = await read_invoice(session, invoice_id)
        blue = await read_invoice(session, row["reverses_id"]) if row["reverses_id"] else None
    try:
        async with asyncio.timeout(settings.timeout_seconds):
            answer = await _ask(provider, row, blue)
    except ProviderRefused as error:
        answer = ProviderInvoice(
            request_number=row["request_number"], state=ProviderState.FAILED, reason=error.detail
        )
    except (TimeoutError, OSError, ValueError, KeyError) as error:
        raise ProviderUnreachable("The provider gave no usable answer") from error
    try:
        async with unit_of_work(sessions) as session:
            return await _settle(session, provider, invoice_id, answer)
    except IntegrityError:
        log.exception("invoice %s: %s is another's", invoice_id, answer.document_number)
        async with unit_of_work(sessions) as session:
            reason = f"document number {answer.document_number} is another invoice's"
            await InvoiceRepository(session).note(invoice_id, reason)
        return False


async def _ask(
    provider: InvoiceProvider, row: RowMapping, blue: RowMapping | None
) -> ProviderInvoice:
    if row["tries"] > 1:
        answer = await provider.query(row["request_number"])
        if answer.state is not ProviderState.NOT_FOUND:
            return answer
    request = _request(row)
    if blue is None:
        return await provider.issue(request)
    return await provider.issue_red(
        IssueRed(
            request_number=request.request_number,
            order_number=request.order_number,
            merchant_code=request.merchant_code,
            form=request.form,
            buyer=request.buyer,
            currency=request.currency,
            amount_minor=request.amount_minor,
            tax_minor=request.tax_minor,
            items=request.items,
            blue_document_number=blue["document_number"],
            blue_request_number=blue["request_number"],
        )
    )


def _request(row: RowMapping) -> IssueInvoice:
    title = asdict(Title.of(row["title"]))
    return IssueInvoice(
        request_number=row["request_number"],
        order_number=row["order_number"],
        merchant_code=row["merchant_code"],
        form=title.pop("form"),
        buyer=Buyer(**title),
        currency=row["currency"],
        amount_minor=row["amount_minor"],
        tax_minor=row["tax_minor"],
        items=tuple(
            InvoiceItem(
                name=line["name"],
                sku_code=line["sku_code"],
                quantity=line["quantity"],
                amount_minor=line["amount_minor"],
                tax_minor=line["tax_minor"],
                tax_rate_bps=line["tax_rate_bps"],
            )
            for line in row["lines"]
        ),
    )


async def _settle(
    session: AsyncSession, provider: InvoiceProvider, invoice_id: UUID, answer: ProviderInvoice
) -> bool:
    """Whether the invoice has its outcome now; somebody else may have been faster."""
    row = await locked_invoice(session, invoice_id)
    is_asked = row["state"] == InvoiceState.PENDING
    if not is_asked or row["request_number"] != answer.request_number:
        return False
    by = f"provider:{provider.code}"
    if answer.state is ProviderState.FAILED:
        await settle_failed(session, row, (answer.reason or "refused")[:500], settled_by=by)
        return True
    if answer.state is not ProviderState.ISSUED:
        return False
    if answer.document_number is None or answer.amount_minor not in (None, row["amount_minor"]):
        log.error("invoice %s: the provider says %s", invoice_id, answer)
        told = f"the provider says {answer.amount_minor}, {answer.document_number}"
        await InvoiceRepository(session).note(invoice_id, told)
        return False
    document = IssuedDocument(answer.document_number, answer.document_url, answer.ofd_url)
    await settle_issued(session, row, document, settled_by=by)
    return True
