"""A price that is asked for shrinks with its line: pieces that are not sent cost no more."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.orders import ChargeState
from app.repositories.orders import ChargeRepository
from app.services import payments
from app.services.orders.charge_owner import shut
from app.services.orders.charges.back import charged_price
from app.services.orders.payment_owner import PAYMENT_OWNER
from app.services.pricing.engine import TaxMode, tax_minor

FEWER = "pieces of it came back"
"""Why a price is asked for no more, or part of what was paid for it goes back."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a price costs more for the pieces there are now; `change` is the charge's then."""

    amount_minor: int
    change: Mapping[str, Any]


async def asked_now(session: AsyncSession, charge: RowMapping) -> Asked:
    """What a charge of a locked order asks for by now, never more than it did.

    Only a price of a line that lost pieces comes to less.
    """
    change: Mapping[str, Any] = charge["change"] or {}
    told = next((each for each in change.get("differences", ()) if each["what"] == "price"), None)
    if told is None:
        return Asked(charge["amount_minor"], change)
    line_id = UUID(told["line_id"])
    found = await payments.read_standing(session, charge["order_id"], owner=PAYMENT_OWNER)
    spans = [each for each in payments.not_returned(found) if each.line_id == line_id]
    quantity = sum(each.quantity for each in spans)
    if quantity >= told["quantity"]:
        return Asked(charge["amount_minor"], change)
    paid = await charged_price(session, charge["order_id"], line_id)
    others = sum(each.amount_minor for each in paid if each.charge_id != charge["id"])
    before = found.left.left_of(spans) + others
    after = told["after_minor"] // told["quantity"] * quantity
    less = told | {"before_minor": before, "after_minor": after, "quantity": quantity}
    amount = min(charge["amount_minor"], max(0, after - before))
    return Asked(amount, {**change, "differences": [less]})


async def lessen_asked(
    session: AsyncSession, order_id: UUID, line_ids: Collection[UUID | None]
) -> None:
    """Ask less for prices of lines of a locked order that lost pieces, or for nothing any more.

    One that is being paid stays as it is: what is too much goes back once it is paid.
    """
    repository = ChargeRepository(session)
    for charge in await repository.of_order(order_id) if line_ids else ():
        if charge["state"] != ChargeState.DUE:
            continue
        now = await asked_now(session, charge)
        if not now.amount_minor:
            await shut(session, charge, FEWER)
        elif now.amount_minor < charge["amount_minor"]:
            tax = tax_minor(now.amount_minor, charge["tax_rate_bps"], TaxMode.INCLUSIVE)
            await repository.lessen(charge["id"], now.amount_minor, tax, now.change)
