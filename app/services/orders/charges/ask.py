"""Asking a shopper for a difference: nothing is owed until it is agreed to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience, SecondPersonNeeded
from app.core.enums.orders import ChargeKind, OrderState, PaymentStatus
from app.core.enums.shipping import HoldKind
from app.core.errors import DomainError, NotFound
from app.core.ids import new_id
from app.repositories.orders import AxesRepository, ChargeRepository
from app.services import payments, system
from app.services.orders import shipping
from app.services.orders.charge_events import ChargeAsked
from app.services.orders.charge_owner import named
from app.services.orders.engine import IllegalTransition
from app.services.pricing.engine import TaxMode, tax_minor

LIFETIME = 86_400
"""For how many seconds a charge waits for its shopper, unless somebody says otherwise."""
UNLIMITED = payments.PaymentTerms()
"""Of what no one of the staff decides by himself."""
STANDING = frozenset({OrderState.OPEN, OrderState.COMPLETED})
PAID = frozenset({PaymentStatus.PAID, PaymentStatus.PARTLY_REFUNDED})


class ChargePending(DomainError):
    slug, title, title_zh = (
        "charge-pending",
        "A change of the order waits for its money",
        "订单有待补款的修改",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCharge:
    """What an order is asked for, and why. `amount_minor` has its tax in it.

    `reference` names what it is for; `change` is what the order becomes when it is paid. Until it
    is paid or closed the order does not leave.
    """

    order_id: UUID
    kind: ChargeKind
    amount_minor: int
    reason: str
    tax_rate_bps: int = 0
    reference: str = "change"
    change: Mapping[str, Any] | None = None
    seconds: int = LIFETIME


async def ask_charge(
    session: AsyncSession,
    charge: NewCharge,
    *,
    actor: Actor,
    terms: payments.PaymentTerms = UNLIMITED,
) -> RowMapping:
    """Ask for it, and hold the order meanwhile.

    Above what `terms` let one of the staff ask for, somebody else has to: `SecondPersonNeeded`.
    Raises `NotFound`, `IllegalTransition` for an order that does not stand, `OrderNotPaid` for one
    whose own money is still due or went back, and `ChargePending` while another change waits.
    """
    most = terms.asks_alone(actor) if actor.audience is Audience.ADMIN else None
    if most is not None and charge.amount_minor > most:
        raise SecondPersonNeeded("Let somebody ask who may ask for more", most_minor=most)
    order = await AxesRepository(session).locked(charge.order_id)
    if order is None:
        raise NotFound("No such order")
    if OrderState(order["state"]) not in STANDING:
        raise IllegalTransition("Only an order that stands costs more", current=order["state"])
    if PaymentStatus(order["payment_status"]) not in PAID:
        raise shipping.OrderNotPaid(
            "Its own money comes first", payment_status=order["payment_status"]
        )
    charge_id = new_id()
    repository = ChargeRepository(session)
    is_added = await repository.add(
        {
            "id": charge_id,
            "order_id": charge.order_id,
            "kind": charge.kind,
            "amount_minor": charge.amount_minor,
            "tax_minor": tax_minor(charge.amount_minor, charge.tax_rate_bps, TaxMode.INCLUSIVE),
            "tax_rate_bps": charge.tax_rate_bps,
            "reason": charge.reason,
            "reference": charge.reference,
            "actor": actor.principal,
            "change": None if charge.change is None else dict(charge.change),
            "seconds": charge.seconds,
        }
    )
    made = await repository.one(charge_id) if is_added else None
    if made is None:
        raise ChargePending("Have it paid or withdrawn first")
    held = shipping.HoldOrder(
        order_id=charge.order_id,
        kind=HoldKind.CHANGE,
        reason=charge.reason,
        reference=str(charge_id),
    )
    await shipping.hold(session, held, actor=actor)
    await system.publish(session, ChargeAsked(**named(made)))
    if actor.audience is not Audience.STOREFRONT:
        changes = {"amount_minor": charge.amount_minor, "reason": charge.reason}
        await system.record(session, actor, "orders.charge", "order", charge.order_id, changes)
    return made
