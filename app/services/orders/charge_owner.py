"""What becomes of a charge of an order when its payment does: its side of the plan's port.

What follows for the order itself is done by whoever hears of it, under the order's lock.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.orders import ChargeState
from app.core.errors import NotFound
from app.repositories.orders import AxesRepository, ChargeRepository
from app.services import payments, system
from app.services.orders.charge_events import ChargeClosed, ChargePaid
from app.services.orders.engine.charges import move_charge
from app.services.payments import SHIPPING, PaidRow


class ChargePayments:
    """Implements `payments.PlanOwner`; has no state. A plan's `order_id` is the charge's id."""

    async def lock(self, session: AsyncSession, order_id: UUID) -> None:
        """Lock the order it is a charge of, which comes before all of its plans."""
        await locked_charge(session, order_id)

    async def paid(self, session: AsyncSession, order_id: UUID) -> None:
        """It is paid: whoever asked for it hears of that."""
        charge = await locked_charge(session, order_id)
        move_charge(ChargeState(charge["state"]), ChargeState.PAID)
        await ChargeRepository(session).move(order_id, ChargeState.PAID)
        await AxesRepository(session).move(charge["order_id"], "charge_paid", data=_told(charge))
        await system.publish(session, ChargePaid(**named(charge)))

    async def closed(self, session: AsyncSession, order_id: UUID, reason: str) -> None:
        """Nothing will be paid: all stays as it was."""
        await shut(session, await locked_charge(session, order_id), reason)

    async def gives_back(
        self, session: AsyncSession, order_id: UUID, back: payments.GivingBack
    ) -> None:
        """What it had taken is prepaid or earned, and goes back from there."""

    async def refunded(
        self, session: AsyncSession, order_id: UUID, back: Mapping[str, Any]
    ) -> None:
        """It stays paid; what is left of it its plan says."""

    async def rows(self, session: AsyncSession, order_id: UUID) -> tuple[PaidRow, ...]:
        """One thing without units, its tax in it."""
        charge = await ChargeRepository(session).one(order_id)
        if charge is None:
            raise NotFound("No such charge")
        return (
            PaidRow(
                SHIPPING,
                charge["amount_minor"],
                tax_minor=charge["tax_minor"],
                tax_rate_bps=charge["tax_rate_bps"],
                is_earned=charge["earned_minor"] is not None,
            ),
        )


CHARGES = ChargePayments()


async def locked_charge(
    session: AsyncSession, charge_id: UUID, *, member_id: UUID | None = None
) -> RowMapping:
    """A charge with its order locked; a member's own where one is named. Raises `NotFound`."""
    repository = ChargeRepository(session)
    order_id = await repository.order_of(charge_id)
    order = None
    if order_id is not None:
        order = await AxesRepository(session).locked(order_id, member_id=member_id)
    charge = await repository.one(charge_id)
    if order is None or charge is None:
        raise NotFound("No such charge")
    return charge


async def shut(
    session: AsyncSession, charge: RowMapping, reason: str, *, actor: str | None = None
) -> None:
    """Close a locked charge that nobody pays."""
    move_charge(ChargeState(charge["state"]), ChargeState.CLOSED)
    await ChargeRepository(session).move(charge["id"], ChargeState.CLOSED, reason=reason)
    await AxesRepository(session).move(
        charge["order_id"], "charge_closed", actor=actor, data=_told(charge)
    )
    await system.publish(session, ChargeClosed(**named(charge), reason=reason))


def _told(charge: RowMapping) -> dict[str, Any]:
    """What the timeline says of a charge."""
    return {
        "charge_id": charge["id"],
        "kind": charge["kind"],
        "amount_minor": charge["amount_minor"],
        "currency": charge["currency"],
    }


def named(charge: RowMapping) -> dict[str, Any]:
    """What every fact of a charge says."""
    return {
        "order_id": charge["order_id"],
        "number": charge["order_number"],
        "member_id": charge["member_id"],
        "channel_id": charge["channel_id"],
        "charge_id": charge["id"],
        "kind": charge["kind"],
        "reference": charge["reference"],
        "amount_minor": charge["amount_minor"],
        "currency": charge["currency"],
    }
