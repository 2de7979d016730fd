"""Invoices of orders: asked for, issued, refused, and made out to somebody else (L186)."""

from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.finance import InvoiceKind, InvoiceState
from app.core.errors import DomainError, StaleVersion
from app.repositories.finance.invoices import InvoiceRepository
from app.services import system
from app.services.finance.invoice_settle import IssuedDocument, settle_issued, withdraw
from app.services.finance.invoice_standing import (
    OPEN,
    STANDING,
    WAITING,
    InvoiceOverview,
    add_invoice,
    live,
    locked_invoice,
    net,
    read_invoice,
    read_invoices,
    reds,
)
from app.services.finance.titles import Title


class NothingToInvoice(DomainError):
    """Unpaid, paid by gift card (invoiced when the card was sold), or given back."""

    slug, title, title_zh = (
        "nothing-to-invoice",
        "There is nothing to invoice",
        "没有可开票金额",
    )


class InvoiceExists(DomainError):
    slug, title, title_zh = (
        "invoice-exists",
        "The order has an invoice already",
        "该订单已开具或已申请发票",
    )


class InvoiceSettled(DomainError):
    """It is issued, refused, or a provider has it."""

    slug, title, title_zh = (
        "invoice-settled",
        "The invoice is not waiting any more",
        "发票已处理",
    )


class SellerNeeded(DomainError):
    """Several merchants sell the order; `merchant_ids` are those still to be invoiced."""

    slug, title, title_zh = (
        "invoice-seller-needed",
        "Say whose invoice is wanted",
        "订单含多个商家，请指定开票商家",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


async def request_invoice(
    session: AsyncSession,
    order_id: UUID,
    title: Title,
    *,
    actor: Actor,
    merchant_id: UUID | None = None,
) -> RowMapping:
    """Ask for a merchant's invoice of a paid order, over all of its part that may be invoiced.

    The merchant need not be named where only one is left to be invoiced. Raises `NotFound`,
    `InvalidTaxNumber`, `SpecialIncomplete`, `SellerNeeded`, `NothingToInvoice` and
    `InvoiceExists`: one invoice of a merchant at a time, until it was taken back whole in red.
    """
    title.require_sound()
    found = await read_invoices(session, order_id, lock=True)
    if live(found.part(None).invoices):
        raise InvoiceExists("Ask for changes of the one there is")
    seller = merchant_id or _only_seller(found)
    part = found.part(seller)
    if live(part.invoices):
        raise InvoiceExists("Ask for changes of the one there is")
    if not part.lines:
        raise NothingToInvoice("Nothing was paid that may be invoiced")
    base = {
        "order_id": order_id,
        "member_id": actor.id,
        "merchant_id": seller,
        "currency": found.currency,
    }
    return await add_invoice(session, base, part.lines, title=asdict(title))


def _only_seller(found: InvoiceOverview) -> UUID:
    """The one merchant that is left to be invoiced."""
    if not found.sellers:
        raise NothingToInvoice("Nothing was paid that may be invoiced")
    left = [each for each in found.sellers if not live(found.part(each).invoices)]
    if not left:
        raise InvoiceExists("Ask for changes of those there are")
    if len(left) > 1:
        raise SellerNeeded("Ask for one at a time", merchant_ids=[str(each) for each in left])
    return left[0]


async def issue_invoice(
    session: AsyncSession,
    invoice_id: UUID,
    document: IssuedDocument,
    *,
    version: int,
    actor: Actor,
) -> RowMapping:
    """Enter by hand the document of an invoice that was asked for.

    Also of one that a provider has: it is for who knows what the tax authority knows. Raises
    `NotFound`, `StaleVersion`, `InvoiceSettled`, and `AlreadyExists` for a known number.
    """
    row = await _expected(session, invoice_id, version, OPEN)
    await settle_issued(session, row, document, settled_by=actor.principal)
    changes = {"number": document.number}
    await system.record(session, actor, "finance.issue_invoice", "invoice", invoice_id, changes)
    return await read_invoice(session, invoice_id)


async def reject_invoice(
    session: AsyncSession, invoice_id: UUID, reason: str, *, version: int, actor: Actor
) -> RowMapping:
    """Say no to a request. A red invoice cannot be refused: what was taken back must be red.

    Raises `NotFound`, `StaleVersion` and `InvoiceSettled`.
    """
    row = await _expected(session, invoice_id, version, WAITING)
    if row["kind"] == InvoiceKind.RED:
        raise InvoiceSettled("A red invoice has to be issued", kind=row["kind"])
    await InvoiceRepository(session).settle(
        invoice_id, InvoiceState.REJECTED, actor=actor.principal, reason=reason
    )
    changes = {"reason": reason}
    await system.record(session, actor, "finance.reject_invoice", "invoice", invoice_id, changes)
    return await read_invoice(session, invoice_id)


async def retitle_invoice(
    session: AsyncSession, invoice_id: UUID, title: Title, *, version: int, actor: Actor
) -> RowMapping:
    """Have a blue invoice made out to somebody else; answers what is asked for instead.

    Before it is issued that is another blue one. After, it is a red one over all that is left of
    it; the blue one to the new title is asked for when that is issued, over what may be invoiced
    then. Raises `NotFound`, `StaleVersion`, `InvalidTaxNumber`, `SpecialIncomplete` and
    `InvoiceSettled`, also while a red invoice of it is under way.
    """
    title.require_sound()
    row = await _expected(session, invoice_id, version, WAITING | {InvoiceState.ISSUED})
    found = (await read_invoices(session, row["order_id"], lock=True)).part(
        row["merchant_id"], row["charge_id"]
    )
    if row["kind"] == InvoiceKind.RED or reds(row, found.invoices, OPEN):
        raise InvoiceSettled("A red invoice is due first", kind=row["kind"])
    if row["state"] in WAITING:
        await withdraw(session, row, "title")
        made = await add_invoice(session, row, found.lines, title=asdict(title))
    else:
        left = net(row, found.invoices, STANDING)
        if not left:
            raise InvoiceSettled("It was taken back", state=row["state"])
        made = await add_invoice(
            session,
            row,
            left,
            title=row["title"],
            reverses_id=invoice_id,
            next_title=asdict(title),
        )
    changes: Mapping[str, Any] = {"replaced_by": str(made["id"])}
    await system.record(session, actor, "finance.retitle_invoice", "invoice", invoice_id, changes)
    return made


async def list_invoices(
    session: AsyncSession,
    *,
    state: InvoiceState | None,
    merchant_id: UUID | None = None,
    order_id: UUID | None = None,
    after: UUID | None,
    limit: int,
) -> list[Row[Any]]:
    """Invoices, the newest first, one more than `limit`.

    A merchant's are those of what it sells; one of before, made out over a whole order, is nobody's
    in particular.
    """
    return await InvoiceRepository(session).page(
        state=state, merchant_id=merchant_id, order_id=order_id, after=after, limit=limit + 1
    )


async def _expected(
    session: AsyncSession, invoice_id: UUID, version: int, states: frozenset[InvoiceState]
) -> RowMapping:
    row = await locked_invoice(session, invoice_id)
    if row["version"] != version:
        raise StaleVersion("It was changed meanwhile", version=row["version"])
    if row["state"] not in states:
        raise InvoiceSettled("It is settled, or a provider has it", state=row["state"])
    return row
