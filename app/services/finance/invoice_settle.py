"""What becomes of an invoice, and what follows: refunds take back in red, red makes place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.finance import InvoiceKind, InvoiceState
from app.repositories.finance.invoices import InvoiceRepository
from app.services import orders, system
from app.services.finance.engine.invoicing import taken_back
from app.services.finance.events import InvoiceIssued
from app.services.finance.invoice_standing import (
    OPEN,
    STANDING,
    WAITING,
    InvoicePart,
    add_invoice,
    billed,
    live,
    net,
    read_invoices,
    reds,
)


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """An invoice at the tax authority; the urls are where its documents are to be had."""

    number: str
    url: str | None = None
    ofd_url: str | None = None


async def settle_issued(
    session: AsyncSession, row: RowMapping, document: IssuedDocument, *, settled_by: str
) -> None:
    """Enter the document of an invoice that is locked and open, and do what follows.

    Raises `AlreadyExists` for a number another invoice has.
    """
    await InvoiceRepository(session).settle(
        row["id"],
        InvoiceState.ISSUED,
        actor=settled_by,
        number=document.number,
        url=document.url,
        ofd_url=document.ofd_url,
    )
    await system.outbox.publish(
        session,
        InvoiceIssued(
            invoice_id=row["id"],
            order_id=row["order_id"],
            member_id=row["member_id"],
            merchant_id=row["merchant_id"],
            kind=InvoiceKind(row["kind"]),
            document_number=document.number,
            document_url=document.url,
            ofd_url=document.ofd_url,
            currency=row["currency"],
            amount_minor=row["amount_minor"],
            tax_minor=row["tax_minor"],
            email=row["title"].get("email"),
        ),
    )
    await follow(session, row["order_id"], after=row)


async def settle_failed(
    session: AsyncSession, row: RowMapping, reason: str, *, settled_by: str
) -> None:
    """A provider said no to an invoice that is locked: people decide. What was refunded follows."""
    await InvoiceRepository(session).settle(
        row["id"], InvoiceState.FAILED, actor=settled_by, reason=reason
    )
    await follow(session, row["order_id"])


async def follow_refund(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `payments.refund_succeeded.v1`: what may no longer be invoiced is taken back."""
    await follow(session, UUID(str(payload["order_id"])))


async def follow_charge_refund(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to the same of a charge: the invoice is that of its order."""
    order_id = await orders.charges.order_of_charge(session, UUID(str(payload["order_id"])))
    if order_id is not None:
        await follow(session, order_id)


async def follow(session: AsyncSession, order_id: UUID, *, after: RowMapping | None = None) -> None:
    """Bring an order's invoices in line with what may be invoiced; changes nothing if they are.

    A blue invoice that nobody has sent yet is asked for anew over what is left. One that was
    issued gets a red one over what went back. Where a provider has one, its outcome comes first.
    Each merchant's part is looked at by itself, and each charge with an invoice of its own: a
    refund of one leaves the others alone.
    `after` is what was issued just now: a red one with a `next_title` is followed by the blue one.
    """
    found = await read_invoices(session, order_id, lock=True)
    for part in dict.fromkeys(_part(each) for each in found.invoices):
        is_its_own = after is not None and _part(after) == part
        await _follow_part(session, found.part(*part), after if is_its_own else None)


def _part(invoice: RowMapping) -> tuple[UUID | None, UUID | None]:
    """Whose invoice it is, and of which charge if of one alone."""
    return invoice["merchant_id"], invoice["charge_id"]


async def _follow_part(session: AsyncSession, found: InvoicePart, after: RowMapping | None) -> None:
    blue = live(found.invoices)
    if blue is None:
        if after is not None and after["next_title"] and found.lines:
            await add_invoice(session, after, found.lines, title=after["next_title"])
    elif blue["state"] in WAITING:
        await _renew(session, found, blue)
    elif blue["state"] == InvoiceState.ISSUED:
        await _take_back(session, found, blue)


async def _renew(session: AsyncSession, found: InvoicePart, blue: RowMapping) -> None:
    if not taken_back(billed(blue), found.lines):
        return
    await withdraw(session, blue, "refund")
    if found.lines:
        await add_invoice(session, blue, found.lines, title=blue["title"])


async def _take_back(session: AsyncSession, found: InvoicePart, blue: RowMapping) -> None:
    known = found.invoices
    waiting = reds(blue, known, OPEN)
    if any(each["state"] not in WAITING or each["next_title"] for each in waiting):
        return  # its outcome brings us here again; one that makes place takes back all there is
    gone = taken_back(net(blue, known, STANDING - OPEN), found.lines)
    if tuple(line for each in waiting for line in billed(each)) == gone:
        return
    for each in waiting:  # one over all that went back takes its place
        await withdraw(session, each, "refund")
    if gone:
        await add_invoice(session, blue, gone, title=blue["title"], reverses_id=blue["id"])


async def withdraw(session: AsyncSession, row: RowMapping, reason: str) -> None:
    await InvoiceRepository(session).settle(
        row["id"], InvoiceState.WITHDRAWN, actor=None, reason=reason
    )
