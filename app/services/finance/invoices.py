"""Invoices of orders: asked for, issued, and taken back in red when goods are (L186)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.finance import InvoiceKind, InvoiceState
from app.core.errors import DomainError, NotFound, StaleVersion
from app.core.ids import new_id
from app.core.json import dump
from app.repositories.finance.invoices import InvoiceRepository
from app.services import orders, payments, system
from app.services.finance.engine.invoicing import (
    Billed,
    invoiceable,
    less_billed,
    taken_back,
)
from app.services.finance.recognise import PAID
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
    slug, title, title_zh = (
        "invoice-settled",
        "The invoice is not waiting any more",
        "发票已处理",
    )


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """An invoice at the tax authority; `url` is where its document is to be had."""

    number: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceOverview:
    """What an invoice could be made out for now, and the invoices there are."""

    invoiceable_minor: int
    currency: str
    lines: tuple[Billed, ...]
    invoices: Sequence[RowMapping]


async def read_invoices(session: AsyncSession, order_id: UUID) -> InvoiceOverview:
    """Raises `NotFound` for an order without a payment plan."""
    standing = await payments.read_standing(session, order_id, owner=orders.PAYMENT_OWNER)
    known = await InvoiceRepository(session).of_order(order_id)
    lines = _invoiceable(standing)
    return InvoiceOverview(
        sum(each.amount_minor for each in lines), standing.plan.currency, lines, known
    )


async def request_invoice(
    session: AsyncSession, order_id: UUID, title: Title, *, actor: Actor
) -> RowMapping:
    """Ask for the invoice of a paid order, over all that may be invoiced.

    Raises `NotFound`, `InvalidTaxNumber`, `NothingToInvoice` and `InvoiceExists`: one invoice at a
    time, until it was taken back whole.
    """
    title.require_sound()
    await orders.PAYMENT_OWNER.lock(session, order_id)
    found = await read_invoices(session, order_id)
    if _live(found.invoices):
        raise InvoiceExists("Ask for changes of the one there is")
    if not found.lines:
        raise NothingToInvoice("Nothing was paid that may be invoiced")
    row = {
        "order_id": order_id,
        "member_id": actor.id,
        "kind": InvoiceKind.BLUE,
        "reverses_id": None,
        "title": dump(asdict(title)),
        "currency": found.currency,
    }
    return await _add(session, row, found.lines)


async def issue_invoice(
    session: AsyncSession,
    invoice_id: UUID,
    document: IssuedDocument,
    *,
    version: int,
    actor: Actor | None,
) -> RowMapping:
    """Enter the document of an invoice that was asked for.

    Raises `NotFound`, `StaleVersion`, `InvoiceSettled`, and `AlreadyExists` for a known number.
    """
    await _waiting(session, invoice_id, version)
    await InvoiceRepository(session).settle(
        invoice_id,
        InvoiceState.ISSUED,
        actor=actor.principal if actor else "provider",
        number=document.number,
        url=document.url,
    )
    changes = {"number": document.number}
    await system.record(session, actor, "finance.issue_invoice", "invoice", invoice_id, changes)
    return await read_invoice(session, invoice_id)


async def reject_invoice(
    session: AsyncSession, invoice_id: UUID, reason: str, *, version: int, actor: Actor
) -> RowMapping:
    """Say no to a request. A red invoice cannot be refused: what was taken back must be red.

    Raises `NotFound`, `StaleVersion` and `InvoiceSettled`.
    """
    row = await _waiting(session, invoice_id, version)
    if row["kind"] == InvoiceKind.RED:
        raise InvoiceSettled("A red invoice has to be issued", kind=row["kind"])
    await InvoiceRepository(session).settle(
        invoice_id, InvoiceState.REJECTED, actor=actor.principal, reason=reason
    )
    changes = {"reason": reason}
    await system.record(session, actor, "finance.reject_invoice", "invoice", invoice_id, changes)
    return await read_invoice(session, invoice_id)


async def read_invoice(session: AsyncSession, invoice_id: UUID) -> RowMapping:
    """Raises `NotFound`."""
    row = await InvoiceRepository(session).find(invoice_id)
    if row is None:
        raise NotFound("No such invoice")
    return row


async def list_invoices(
    session: AsyncSession, *, state: InvoiceState | None, after: UUID | None, limit: int
) -> list[Row[Any]]:
    """Invoices, the newest first, one more than `limit`."""
    return await InvoiceRepository(session).page(state=state, after=after, limit=limit + 1)


async def follow_refund(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `payments.refund_succeeded.v1`: what may no longer be invoiced is taken back.

    A blue invoice that was only asked for is asked for anew over what is left; one that was issued
    gets a red one over what went back.
    """
    order_id = UUID(str(payload["order_id"]))
    await orders.PAYMENT_OWNER.lock(session, order_id)
    found = await read_invoices(session, order_id)
    invoices = InvoiceRepository(session)
    blue = _live(found.invoices)
    if blue is None:
        return
    billed = _net(blue, found.invoices)
    gone = taken_back(billed, found.lines)
    if not gone:
        return
    base = {name: blue[name] for name in ("order_id", "member_id", "currency")}
    base |= {"title": dump(blue["title"])}
    if blue["state"] == InvoiceState.REQUESTED:
        await invoices.settle(blue["id"], InvoiceState.WITHDRAWN, actor=None, reason="refund")
        if found.lines:
            await _add(session, base | {"kind": InvoiceKind.BLUE, "reverses_id": None}, found.lines)
        return
    waiting = [
        each
        for each in found.invoices
        if each["kind"] == InvoiceKind.RED and each["state"] == InvoiceState.REQUESTED
    ]
    for each in waiting:  # one over all that went back takes its place
        await invoices.settle(each["id"], InvoiceState.WITHDRAWN, actor=None, reason="refund")
    rest = [each for each in found.invoices if each not in waiting]
    gone = taken_back(_net(blue, rest), found.lines)
    await _add(session, base | {"kind": InvoiceKind.RED, "reverses_id": blue["id"]}, gone)


def _invoiceable(standing: payments.OrderStanding) -> tuple[Billed, ...]:
    plan = standing.plan
    if plan.state not in PAID:
        return ()
    decided = [each.cells for each in standing.taken if each.refund_id not in standing.waiting]
    tenders = [(each.kind, each.amount_minor) for each in plan.tenders]
    return invoiceable(plan.refund_policy, standing.rows, tenders, decided)


def _live(known: Sequence[RowMapping]) -> RowMapping | None:
    """The blue invoice that stands: asked for, or issued and not taken back whole."""
    for each in known:
        if each["kind"] != InvoiceKind.BLUE:
            continue
        if each["state"] == InvoiceState.REQUESTED:
            return each
        if each["state"] == InvoiceState.ISSUED and _net(each, known):
            return each
    return None


def _net(blue: RowMapping, known: Sequence[RowMapping]) -> tuple[Billed, ...]:
    """What is left of a blue invoice after the red ones of it, those asked for included."""
    left = _billed(blue)
    states = {InvoiceState.REQUESTED, InvoiceState.ISSUED}
    for each in known:
        if each["reverses_id"] == blue["id"] and each["state"] in states:
            left = less_billed(left, _billed(each))
    return left


def _billed(row: RowMapping) -> tuple[Billed, ...]:
    return tuple(
        Billed(
            UUID(line["line_id"]) if line["line_id"] else None,
            line["quantity"],
            line["amount_minor"],
            line["tax_minor"],
            line["tax_rate_bps"],
        )
        for line in row["lines"]
    )


async def _add(
    session: AsyncSession, row: Mapping[str, Any], lines: Sequence[Billed]
) -> RowMapping:
    invoice_id = new_id()
    whole = dict(row) | {
        "id": invoice_id,
        "amount_minor": sum(each.amount_minor for each in lines),
        "tax_minor": sum(each.tax_minor for each in lines),
    }
    await InvoiceRepository(session).add(whole, lines)
    return await read_invoice(session, invoice_id)


async def _waiting(session: AsyncSession, invoice_id: UUID, version: int) -> RowMapping:
    row = await InvoiceRepository(session).find(invoice_id, lock=True)
    if row is None:
        raise NotFound("No such invoice")
    if row["version"] != version:
        raise StaleVersion("It was changed meanwhile", version=row["version"])
    if row["state"] != InvoiceState.REQUESTED:
        raise InvoiceSettled("It is issued or was refused", state=row["state"])
    return row
