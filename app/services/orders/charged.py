"""What was paid for charges of an order, as money that can be given back with it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.orders import ChargeState
from app.core.enums.payments import RefundKind, RefundReason
from app.repositories.orders import ChargeRepository
from app.services import payments
from app.services.orders.charge_owner import CHARGES
from app.services.payments import OrderStanding, RefundView, Take


async def paid_charges(
    session: AsyncSession, order_id: UUID, *, lock: bool = False
) -> tuple[OrderStanding, ...]:
    """Standings of the charges that were paid, the oldest first; added goods are an order.

    With `lock` their plans are locked. The caller holds the order's row and its plan then, and no
    account of the ledger yet.
    """
    read = payments.locked_standing if lock else payments.read_standing
    return tuple(
        [
            await read(session, charge["id"], owner=CHARGES)
            for charge in await ChargeRepository(session).of_order(order_id)
            if charge["state"] == ChargeState.PAID and charge["added_order_id"] is None
        ]
    )


def left_of(charges: tuple[OrderStanding, ...]) -> int:
    """What could be given back of them now; what a bank asks for waits for that."""
    return sum(each.left.total_minor for each in charges if payments.why_not(each) is None)


async def refund_charges(
    session: AsyncSession,
    charges: tuple[OrderStanding, ...],
    *,
    reason_code: RefundReason,
    reason: str,
    waits: bool,
    actor: Actor,
) -> list[RefundView]:
    """Give back all that is left of locked charges, each to where it came from, or have it wait."""
    return [
        await payments.record_refund(
            session,
            each,
            payments.NewRefund(
                kind=RefundKind.SHIPPING,
                reason_code=reason_code,
                reason=reason,
                takes=(Take(((payments.SHIPPING,),)),),
                waits=waits,
            ),
            owner=CHARGES,
            actor=actor,
        )
        for each in charges
        if payments.why_not(each) is None and each.left.total_minor
    ]
