"""What of charges goes back along with goods or money of their order, as one decision with it."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.enums.orders import ChargeKind, ChargeState
from app.core.enums.payments import RefundKind, RefundReason
from app.repositories.orders import ChargeRepository
from app.services import payments, system
from app.services.orders.charge_owner import CHARGES
from app.services.orders.payment_owner import PAYMENT_OWNER
from app.services.payments import SHIPPING, RefundPreview, RefundView, Take


class ChargeBack(NamedTuple):
    """What of a charge goes back, or could."""

    charge_id: UUID
    amount_minor: int


async def charged_freight(session: AsyncSession, order_id: UUID) -> tuple[ChargeBack, ...]:
    """What is left of freight that was charged and paid, the newest first."""
    rows = await ChargeRepository(session).of_order(order_id)
    return await _left(session, [each for each in rows if each["kind"] == ChargeKind.FREIGHT])


async def charged_price(
    session: AsyncSession, order_id: UUID, line_id: UUID
) -> tuple[ChargeBack, ...]:
    """What is left of what a line was charged and paid for more, the newest first."""
    rows = await ChargeRepository(session).of_order(order_id)
    return await _left(session, [each for each in rows if _is_price_of(each, line_id)])


def taken_from(charges: Sequence[ChargeBack], back_minor: int) -> tuple[ChargeBack, ...]:
    """What comes from which charge of what is to go back, as far as they have it."""
    found = []
    for charge_id, left in charges:
        if taken := min(left, back_minor):
            found.append(ChargeBack(charge_id, taken))
            back_minor -= taken
    return tuple(found)


async def preview_charges(
    session: AsyncSession, back: Sequence[ChargeBack]
) -> tuple[RefundPreview, ...]:
    """What each would bring, and from which tender. Raises what giving it back would raise."""
    return tuple(
        [
            payments.preview_refund(
                await payments.read_standing(session, charge_id, owner=CHARGES), _takes(minor)
            )
            for charge_id, minor in back
        ]
    )


async def give_charges_back(
    session: AsyncSession,
    order_id: UUID,
    back: Sequence[ChargeBack],
    *,
    reason: str,
    waits: bool,
    actor: Actor,
) -> tuple[RefundView, ...]:
    """Give back that much of each, of a locked order, or have it wait for a second person.

    Its plan and theirs are locked before any account of the ledger. Raises `DisputeOpen`.
    """
    if not back:
        return ()
    await payments.locked_standing(session, order_id, owner=PAYMENT_OWNER)
    found = [
        (await payments.locked_standing(session, charge_id, owner=CHARGES), minor)
        for charge_id, minor in back
    ]
    views = []
    for standing, minor in found:
        command = payments.NewRefund(
            kind=RefundKind.SHIPPING,
            reason_code=RefundReason.OTHER,
            reason=reason,
            takes=_takes(minor),
            waits=waits,
        )
        view = await payments.record_refund(session, standing, command, owner=CHARGES, actor=actor)
        if actor.audience is not Audience.STOREFRONT:
            changes = {"number": view.number, "amount_minor": view.amount_minor}
            await system.record(session, actor, "orders.refund_charge", "order", order_id, changes)
        views.append(view)
    return tuple(views)


def _takes(minor: int) -> tuple[Take, ...]:
    return (Take(((SHIPPING,),), minor),)


def _is_price_of(charge: RowMapping, line_id: UUID) -> bool:
    told = (charge["change"] or {}).get("differences", ())
    return any(each["what"] == "price" and each["line_id"] == str(line_id) for each in told)


async def _left(session: AsyncSession, rows: Sequence[RowMapping]) -> tuple[ChargeBack, ...]:
    found = []
    for each in reversed(rows):
        if each["state"] == ChargeState.PAID:
            standing = await payments.read_standing(session, each["id"], owner=CHARGES)
            found.append(ChargeBack(each["id"], standing.left.total_minor))
    return tuple(found)
