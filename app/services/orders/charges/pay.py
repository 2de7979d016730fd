"""A shopper agrees to a charge by paying it."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.enums.orders import ChargeState
from app.core.enums.payments import OWN_KINDS, PlanState, TenderKind
from app.core.settings import CheckoutSettings
from app.repositories.orders import ChargeRepository
from app.services import payments
from app.services.orders.charge_owner import CHARGES, locked_charge
from app.services.orders.charges.added import take_added
from app.services.orders.engine.charges import move_charge

_ONLINE = OWN_KINDS | {TenderKind.GATEWAY}


async def pay_charge(
    session: AsyncSession,
    charge_id: UUID,
    tenders: Sequence[payments.TenderRequest],
    *,
    actor: Actor,
    limits: CheckoutSettings,
    terms: payments.PaymentTerms,
) -> tuple[RowMapping, payments.PlanView]:
    """Open its payment; `payments.start_attempt` asks the gateway, after the commit.

    It waits as long as an order would; goods that are added are one, and held like its goods.
    Raises `NotFound`, `IllegalChargeTransition` unless it is due, `MethodRefused` for ways to pay
    by hand, what `payments.open_plan` raises, and for goods what placing orders raises.
    """
    charge = await locked_charge(session, charge_id, member_id=actor.id)
    move_charge(ChargeState(charge["state"]), ChargeState.AWAITING)
    by_hand = [each.kind for each in tenders if each.kind not in _ONLINE]
    if by_hand:
        raise payments.MethodRefused("Pay it online", method=by_hand[0], reasons=[])
    if charge["change"] and charge["change"].get("goods"):
        plan = await take_added(session, charge, tenders, actor=actor, limits=limits, terms=terms)
    else:
        expires_at = clock.now() + timedelta(seconds=limits.reservation_seconds)
        await ChargeRepository(session).await_money(charge_id, expires_at)
        plan = await payments.open_plan(
            session,
            order_id=charge_id,
            member_id=charge["member_id"],
            currency=charge["currency"],
            payable_minor=charge["amount_minor"],
            requests=tenders,
            expires_at=expires_at,
            number=charge["order_number"],
            sale=payments.Sale(currency=charge["currency"], channel_id=charge["channel_id"]),
            terms=terms,
        )
    if plan.state is PlanState.PAID:
        await CHARGES.paid(session, charge_id)
    return await locked_charge(session, charge_id), plan
