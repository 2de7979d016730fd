"""What was paid for a charge goes back, whole or in part."""

from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import RefundKind, RefundReason
from app.services import payments, system
from app.services.orders.charge_owner import CHARGES, locked_charge
from app.services.payments import SHIPPING, RefundView, Take


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundCharge:
    """Without an amount all that is left of it."""

    reason_code: RefundReason
    reason: str
    amount_minor: int | None = None


async def refund_charge(
    session: AsyncSession,
    charge_id: UUID,
    command: RefundCharge,
    *,
    actor: Actor,
    number: str | None = None,
    terms: payments.PaymentTerms,
) -> RefundView:
    """Give back what a charge brought; the order stays as it is.

    Goodwill and amounts above the limit wait for a second person, as refunds of orders do.
    `number` is the idempotency key. Raises `NotFound`, `RefundRefused` before payment,
    `DisputeOpen`, `RefundExceeds` and `RefundNumberUsed`.
    """
    charge = await locked_charge(session, charge_id)
    request = asdict(command)
    known = await payments.known_refund(session, charge_id, number, request)
    if known is not None:
        return known
    found = await payments.locked_standing(session, charge_id, owner=CHARGES)
    takes = (Take(((SHIPPING,),), command.amount_minor),)
    amount = payments.preview_refund(found, takes).amount_minor
    most = terms.gives_alone(actor)
    is_large = most is not None and amount > most
    view = await payments.record_refund(
        session,
        found,
        payments.NewRefund(
            kind=RefundKind.SHIPPING,
            reason_code=command.reason_code,
            reason=command.reason,
            takes=takes,
            number=number,
            waits=is_large or command.reason_code is RefundReason.GOODWILL,
            request=request,
        ),
        owner=CHARGES,
        actor=actor,
    )
    changes = {"number": view.number, "amount_minor": view.amount_minor, "state": view.state}
    await system.record(session, actor, "orders.refund", "order", charge["order_id"], changes)
    return view
