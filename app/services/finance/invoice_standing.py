"""What an order has been invoiced for, and what it may be invoiced for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.finance import InvoiceKind, InvoiceState
from app.core.enums.orders import ChargeKind, ChargeState
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.json import dump
from app.repositories.finance.invoices import InvoiceRepository
from app.services import orders, payments
from app.services.finance.engine.invoice_sellers import by_seller
from app.services.finance.engine.invoicing import Billed, invoiceable, less_billed, together
from app.services.finance.recognise import PAID

WAITING = frozenset({InvoiceState.REQUESTED, InvoiceState.FAILED})
"""Nobody else has it: staff may decide, a refund may withdraw it."""
OPEN = WAITING | {InvoiceState.PENDING}
STANDING = OPEN | {InvoiceState.ISSUED}


@dataclass(frozen=True, slots=True)
class InvoiceOverview:
    """What invoices could be made out for now, by merchant, and the invoices there are.

    `charges` are those that have invoices of their own, and are in no other: what they are
    invoiced for in all, and by merchant.
    """

    invoiceable_minor: int
    currency: str
    lines: tuple[Billed, ...]
    sellers: Mapping[UUID, tuple[Billed, ...]]
    invoices: Sequence[RowMapping]
    charges: Mapping[UUID, "Charged"]

    def part(self, merchant_id: UUID | None, charge_id: UUID | None = None) -> "InvoicePart":
        """A merchant's part; without one all of the order, as invoices of before are made out.

        With a charge what that comes to, where it has an invoice of its own.
        """
        nothing = Charged((), {})
        whole = self if charge_id is None else self.charges.get(charge_id, nothing)
        lines = whole.lines if merchant_id is None else whole.sellers.get(merchant_id, ())
        asked = (merchant_id, charge_id)
        known = [
            each for each in self.invoices if (each["merchant_id"], each["charge_id"]) == asked
        ]
        return InvoicePart(lines, known)


@dataclass(frozen=True, slots=True)
class Charged:
    """What may be invoiced of a charge, in all and by merchant."""

    lines: tuple[Billed, ...]
    sellers: Mapping[UUID, tuple[Billed, ...]]


@dataclass(frozen=True, slots=True)
class InvoicePart:
    """What may be invoiced of a part of an order, and its invoices."""

    lines: tuple[Billed, ...]
    invoices: Sequence[RowMapping]


async def read_invoices(
    session: AsyncSession, order_id: UUID, *, lock: bool = False
) -> InvoiceOverview:
    """Raises `NotFound` for an order without a payment plan.

    With `lock` the order is locked, then its invoices: nothing of them moves until the commit.
    """
    if lock:
        await orders.PAYMENT_OWNER.lock(session, order_id)
    standing = await payments.read_standing(session, order_id, owner=orders.PAYMENT_OWNER)
    invoices = InvoiceRepository(session)
    known = await invoices.of_order(order_id, lock=lock)
    charged = await _charged(session, order_id)
    apart = {
        (each["charge_id"], each["merchant_id"])
        for each in known
        if each["charge_id"] is not None and each["state"] in STANDING
    }
    of_order, whole = _invoiceable(standing), {charge for charge, _ in apart}
    lines = together(
        [
            *of_order,
            *(line for charge, of in charged.items() if charge not in whole for line in of),
        ]
    )
    rows = await invoices.sellers(order_id)
    merchants = {each["line_id"]: each["merchant_id"] for each in rows}
    fees = {each["merchant_id"]: each["fee_minor"] for each in rows}
    charges = {
        charge: Charged(together(of), by_seller(together(of), merchants, fees))
        for charge, of in charged.items()
        if of
    }
    return InvoiceOverview(
        sum(line.amount_minor for line in lines)
        + sum(line.amount_minor for charge in whole for line in charged.get(charge, ())),
        standing.plan.currency,
        lines,
        _sellers(by_seller(of_order, merchants, fees), charges, apart),
        known,
        charges,
    )


def _sellers(
    of_order: Mapping[UUID, tuple[Billed, ...]],
    charges: Mapping[UUID, Charged],
    apart: Collection[tuple[UUID, UUID | None]],
) -> dict[UUID, tuple[Billed, ...]]:
    """What each merchant may invoice of an order and of charges that it has no invoice of.

    Charges are shared one by one, so that it makes no difference which of them are apart.
    """
    found = {merchant: list(lines) for merchant, lines in of_order.items()}
    for charge_id, charge in charges.items():
        for merchant, lines in charge.sellers.items():
            if not {(charge_id, merchant), (charge_id, None)} & set(apart):
                found.setdefault(merchant, []).extend(lines)
    return {merchant: together(lines) for merchant, lines in found.items()}


async def read_invoice(
    session: AsyncSession, invoice_id: UUID, *, merchant_id: UUID | None = None
) -> RowMapping:
    """With a merchant, only one of what it sells. Raises `NotFound`."""
    row = await InvoiceRepository(session).find(invoice_id)
    if row is None or merchant_id not in {None, row["merchant_id"]}:
        raise NotFound("No such invoice")
    return row


async def locked_invoice(session: AsyncSession, invoice_id: UUID) -> RowMapping:
    """An invoice whose order was locked before it. Raises `NotFound`."""
    invoices = InvoiceRepository(session)
    order_id = await invoices.order_of(invoice_id)
    if order_id is not None:
        await orders.PAYMENT_OWNER.lock(session, order_id)
    row = await invoices.find(invoice_id, lock=True)
    if row is None:
        raise NotFound("No such invoice")
    return row


async def add_invoice(
    session: AsyncSession,
    base: Mapping[str, Any] | RowMapping,
    lines: Sequence[Billed],
    *,
    title: Mapping[str, Any],
    reverses_id: UUID | None = None,
    next_title: Mapping[str, Any] | None = None,
) -> RowMapping:
    """Ask for a blue invoice, or for the red one of `reverses_id`."""
    invoice_id = new_id()
    row = {
        "id": invoice_id,
        "order_id": base["order_id"],
        "member_id": base["member_id"],
        "merchant_id": base["merchant_id"],
        "charge_id": base.get("charge_id"),
        "currency": base["currency"],
        "kind": InvoiceKind.BLUE if reverses_id is None else InvoiceKind.RED,
        "reverses_id": reverses_id,
        "title": dump(dict(title)),
        "next_title": None if next_title is None else dump(dict(next_title)),
        "amount_minor": sum(each.amount_minor for each in lines),
        "tax_minor": sum(each.tax_minor for each in lines),
    }
    await InvoiceRepository(session).add(row, lines)
    return await read_invoice(session, invoice_id)


def live(known: Sequence[RowMapping]) -> RowMapping | None:
    """The blue invoice of a part that stands: asked for, or issued and not taken back whole.

    One whose red invoices are asked for only still stands.
    """
    for each in known:
        if each["kind"] != InvoiceKind.BLUE:
            continue
        if each["state"] in OPEN:
            return each
        if each["state"] == InvoiceState.ISSUED and (net(each, known) or reds(each, known, OPEN)):
            return each
    return None


def reds(
    blue: RowMapping, known: Sequence[RowMapping], states: frozenset[InvoiceState]
) -> list[RowMapping]:
    """Red invoices of a blue one in some states."""
    return [each for each in known if each["reverses_id"] == blue["id"] and each["state"] in states]


def net(
    blue: RowMapping,
    known: Sequence[RowMapping],
    states: frozenset[InvoiceState] = STANDING,
) -> tuple[Billed, ...]:
    """What is left of a blue invoice after the red ones of it, those asked for included."""
    left = billed(blue)
    for each in reds(blue, known, states):
        left = less_billed(left, billed(each))
    return left


def billed(row: RowMapping) -> tuple[Billed, ...]:
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


async def _charged(session: AsyncSession, order_id: UUID) -> dict[UUID, list[Billed]]:
    """What was paid besides, by charge: freight as freight, a difference with its line."""
    found: dict[UUID, list[Billed]] = {}
    for charge in await orders.charges.all_charges(session, order_id):
        if charge["state"] != ChargeState.PAID or charge["added_order_id"] is not None:
            continue
        line_id = _line_of(charge)
        if charge["kind"] == ChargeKind.GOODS and line_id is None:
            continue
        standing = await payments.read_standing(session, charge["id"], owner=orders.charges.CHARGES)
        found[charge["id"]] = [each._replace(line_id=line_id) for each in _invoiceable(standing)]
    return found


def _line_of(charge: RowMapping) -> UUID | None:
    differences = (charge["change"] or {}).get("differences", ())
    named = (each["line_id"] for each in differences if each["line_id"])
    return next(map(UUID, named), None)


def _invoiceable(standing: payments.OrderStanding) -> tuple[Billed, ...]:
    plan = standing.plan
    if plan.state not in PAID:
        return ()
    decided = [each.cells for each in standing.taken if each.refund_id not in standing.waiting]
    tenders = [(each.kind, each.amount_minor) for each in plan.tenders]
    return invoiceable(plan.refund_policy, standing.rows, tenders, decided)
