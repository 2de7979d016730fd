"""What a shopper said of the invoice when ordering becomes requests, once the order is paid."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.finance import InvoiceKind
from app.repositories.finance.invoices import InvoiceRepository
from app.services.finance.invoice_standing import (
    InvoicePart,
    add_invoice,
    live,
    net,
    read_invoices,
)
from app.services.finance.titles import InvalidTaxNumber, SpecialIncomplete, Title, kept_title

log = logging.getLogger(__name__)


async def invoice_said(
    session: AsyncSession, member_id: UUID, wish: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """What an order keeps of a wish: of a kept title (`title_id`, `form`) a copy.

    A statement where a title is named, else none. Raises `NotFound` and `SpecialIncomplete`.
    """
    if wish is None or "title_id" not in wish:
        return wish
    title = await kept_title(session, member_id, wish["title_id"], wish["form"])
    title.require_sound()
    said = asdict(title)
    return {"title": said.pop("name"), **said}


async def request_as_wished(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `OrderPaid` and `OrderChanged`: ask for what the order says, of each merchant.

    Runs again safely: a merchant that has an invoice, or was asked for one to that title before,
    is not asked again, so what staff refused stays refused until another title is said. An order
    that is not paid yet is looked at again when it is.
    """
    if "invoice" not in payload.get("fields", ("invoice",)):
        return
    order_id = UUID(str(payload["order_id"]))
    wish = await InvoiceRepository(session).wish(order_id)
    if wish is None:
        return
    title = Title.of({**wish["invoice"], "name": wish["invoice"]["title"]})
    try:
        title.require_sound()
    except (InvalidTaxNumber, SpecialIncomplete) as error:
        log.warning("order %s: no invoice to that title: %s", order_id, error)
        return
    found = await read_invoices(session, order_id, lock=True)
    if live(found.part(None).invoices):
        return
    for merchant_id, lines in found.sellers.items():
        if _was_asked_for(found.part(merchant_id), title):
            continue
        base = {
            "order_id": order_id,
            "member_id": wish["member_id"],
            "merchant_id": merchant_id,
            "currency": found.currency,
        }
        await add_invoice(session, base, lines, title=asdict(title))


async def invoice_charge(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `ChargePaid`: what has an invoice already gets another one, over the charge.

    To the same title, of each merchant that has one; where there is none yet, the charge is in the
    one that may be asked for. Runs again safely: a charge is asked for once.
    """
    charge_id = UUID(str(payload["charge_id"]))
    found = await read_invoices(session, UUID(str(payload["order_id"])), lock=True)
    if any(each["charge_id"] == charge_id for each in found.invoices):
        return
    charged = found.charges.get(charge_id)
    if charged is None:
        return
    whole = live(found.part(None).invoices)
    parts = charged.sellers.items() if whole is None else [(None, charged.lines)]
    for merchant_id, lines in parts:
        part = found.part(merchant_id)
        blue = live(part.invoices)
        if blue is not None and not _is_in(part, blue):
            base = {**blue, "charge_id": charge_id}
            await add_invoice(session, base, lines, title=blue["title"])


def _is_in(part: InvoicePart, blue: RowMapping) -> bool:
    """Whether it is made out over all there is to invoice, the charge among it."""
    return sum(each.amount_minor for each in net(blue, part.invoices)) >= sum(
        each.amount_minor for each in part.lines
    )


def _was_asked_for(part: InvoicePart, title: Title) -> bool:
    blue = [each for each in part.invoices if each["kind"] == InvoiceKind.BLUE]
    return bool(live(blue)) or any(Title.of(each["title"]) == title for each in blue)
