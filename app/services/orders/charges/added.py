"""Goods that a charge is for: they become an order of their own when its shopper pays."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.catalog import TaxMode
from app.core.enums.orders import ChargeState, OrderSource, OrderState
from app.core.settings import CheckoutSettings
from app.repositories.orders import AxesRepository, ChangeRepository, ChargeRepository
from app.services import payments
from app.services.orders.cancel import begin_cancel
from app.services.orders.charge_owner import CHARGES, locked_charge, shut
from app.services.orders.engine import AlreadyShipped, BeingPicked, IllegalTransition
from app.services.orders.entry import Agreed, AgreedLine, take_agreed
from app.services.orders.errors import PriceChanged
from app.services.pricing import AgreedPrice


async def take_added(
    session: AsyncSession,
    charge: RowMapping,
    tenders: Sequence[payments.TenderRequest],
    *,
    actor: Actor,
    limits: CheckoutSettings,
    terms: payments.PaymentTerms,
) -> payments.PlanView:
    """Order the goods at the prices they were proposed at; to where the order goes now.

    Their stock is held from now on. Raises `PriceChanged` where tax or anything else has made them
    cost something else, and what `take_agreed` raises.
    """
    facts = await ChangeRepository(session).facts(charge["order_id"], member_id=actor.id)
    change: Mapping[str, Any] = charge["change"]
    mode = change.get("tax_mode")
    placed = await take_agreed(
        session,
        Agreed(
            member_id=charge["member_id"],
            channel_id=charge["channel_id"],
            lines=tuple(
                AgreedLine(
                    sku_id=UUID(each["sku_id"]),
                    quantity=each["quantity"],
                    agreed=AgreedPrice(
                        each["unit_price_minor"], each["why"], each["source"], may_undercut=True
                    ),
                )
                for each in change["goods"]
            ),
            address=facts["address"] if facts else {},
            source=OrderSource.CHANGE,
            reference=str(charge["id"]),
            shipping_minor=change["freight_minor"],
            tax_mode=TaxMode(mode) if mode else None,
            tenders=tuple(tenders),
        ),
        actor=actor,
        limits=limits,
        terms=terms,
    )
    if placed.payable_minor != charge["amount_minor"]:
        raise PriceChanged("Have it proposed anew", payable_minor=placed.payable_minor)
    await ChargeRepository(session).move(
        charge["id"], ChargeState.AWAITING, added_order_id=placed.id
    )
    return placed.plan


async def give_up_added(session: AsyncSession, order_id: UUID, reason: str) -> UUID | None:
    """Cancel added goods that are not paid; as `begin_cancel`. Raises `AlreadyPaid`."""
    order = await AxesRepository(session).locked(order_id)
    if order is not None and order["payment_status"] == "awaiting":
        return await begin_cancel(session, order_id, actor=None, reason=reason)
    if order is not None and order["state"] != OrderState.CANCELLED:
        raise payments.AlreadyPaid("It is paid; cancel what was added instead")
    return None


async def cancel_added(session: AsyncSession, order_id: UUID, reason: str) -> None:
    """With the order, what was added to it, unless a warehouse has it already."""
    try:
        await begin_cancel(session, order_id, actor=None, reason=reason)
    except (BeingPicked, AlreadyShipped, IllegalTransition):
        return


async def follow_added_paid(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `OrderPaid` of goods that were added: their charge is paid. Runs again safely."""
    charge_id = await ChargeRepository(session).by_added(UUID(str(payload["order_id"])))
    if charge_id is None:
        return
    charge = await locked_charge(session, charge_id)
    if charge["state"] == ChargeState.AWAITING:
        await CHARGES.paid(session, charge_id)


async def follow_added_cancelled(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `OrderCancelled` of goods that were added and not paid: their charge is closed."""
    charge_id = await ChargeRepository(session).by_added(UUID(str(payload["order_id"])))
    if charge_id is None:
        return
    charge = await locked_charge(session, charge_id)
    if charge["state"] == ChargeState.AWAITING and not payload["was_paid"]:
        await shut(session, charge, str(payload["reason"])[:200])
