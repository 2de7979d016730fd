"""What orders were charged besides becomes revenue when their goods leave."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.orders import ChargeKind, ChargeState
from app.services import ledger, orders, payments
from app.services.finance.engine import recognition


async def recognise_charges(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `OrderShipped` and `ChargePaid`: paid charges of an order that left are earned.

    What was decided to go back of them is not. Runs again safely: each is earned once.
    """
    order_id = UUID(str(payload["order_id"]))
    await orders.PAYMENT_OWNER.lock(session, order_id)
    if not await orders.shipping.sent(session, order_id):
        return
    for charge in await orders.charges.all_charges(session, order_id):
        is_due = charge["state"] == ChargeState.PAID and charge["earned_minor"] is None
        if is_due and charge["added_order_id"] is None:
            await _recognise(session, charge)


async def _recognise(session: AsyncSession, charge: RowMapping) -> None:
    charge_id = charge["id"]
    owner = orders.charges.CHARGES
    found = await payments.read_standing(session, charge_id, owner=owner)
    decided = [each.cells for each in found.taken if each.refund_id not in found.waiting]
    earned = recognition.revenue(found.rows, decided, (payments.SHIPPING,), ())
    if charge["kind"] == ChargeKind.GOODS:
        earned = earned._replace(goods_minor=earned.shipping_minor, shipping_minor=0)
    journal = recognition.recognised(
        earned,
        order_id=charge_id,
        member_id=found.plan.member_id,
        currency=found.plan.currency,
        reference=str(charge_id),
    )
    await orders.charges.earn_charge(session, charge_id, earned.prepaid_minor)
    if journal is not None:
        await ledger.post(session, [replace(journal, key=f"earn:{charge_id}", kind="earn")])
