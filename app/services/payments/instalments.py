"""Instalments: doors for shoppers and staff."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import PlanState
from app.services.payments.attempts import check_payable, sale_of_plan
from app.services.payments.engine.instalments import InstalmentPlan, InstalmentSkills
from app.services.payments.engine.routing import open_names
from app.services.payments.errors import (
    InstalmentsNotOffered,
    InstalmentsUnsupported,
    NotAwaitingPayment,
)
from app.services.payments.instalment_offers import InstalmentOffer, offers
from app.services.payments.read import plan_of_order
from app.services.payments.terms import PaymentTerms

__all__ = [
    "InstalmentOffer",
    "InstalmentPlan",
    "InstalmentSkills",
    "InstalmentsNotOffered",
    "InstalmentsUnsupported",
    "channels_of_order",
    "offers_of_order",
]


async def offers_of_order(
    session: AsyncSession, order_id: UUID, *, terms: PaymentTerms
) -> tuple[int, list[InstalmentOffer]]:
    """What is due from a gateway for an order that waits for it, and the plans it may be paid by.

    Raises `NotAwaitingPayment` where nothing is.
    """
    plan = await plan_of_order(session, order_id)
    if plan.state is not PlanState.AWAITING or plan.gateway is None:
        raise NotAwaitingPayment("The order takes no payment any more", state=plan.state)
    last = max(plan.attempts, key=lambda each: each.id)
    amount_minor = plan.gateway.amount_minor
    return amount_minor, offers(sale_of_plan(plan, last.pay_with), amount_minor, terms=terms)


async def channels_of_order(
    session: AsyncSession, order_id: UUID, *, terms: PaymentTerms
) -> tuple[int, Sequence[str]]:
    """What is due from a gateway for an order, and the channels it can be paid through now.

    Raises `AlreadyPaid` and `NotAwaitingPayment`.
    """
    plan = await plan_of_order(session, order_id)
    check_payable(plan)
    last = max(plan.attempts, key=lambda each: each.id)
    due_minor = plan.gateway.amount_minor if plan.gateway else 0
    sale = sale_of_plan(plan, last.pay_with)
    return due_minor, open_names(terms.routing, terms.offered, sale)
