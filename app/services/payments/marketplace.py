"""Money that buyers pay at a marketplace after we know of the order."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import TenderKind
from app.repositories.payments.collections import CollectionRepository
from app.services import ledger, system
from app.services.payments.engine import journals
from app.services.payments.engine.marketplace import receivable_of
from app.services.payments.engine.states import PAID, UNPAID
from app.services.payments.engine.types import Plan
from app.services.payments.errors import NotAwaitingPayment
from app.services.payments.open import captured
from app.services.payments.ports import PlanOwner
from app.services.payments.read import plan_of_order
from app.services.payments.requests import TenderRequest
from app.services.payments.settle import locked

__all__ = ["confirm_paid", "tender"]


def tender(channel: str, *, is_paid: bool) -> TenderRequest:
    """Paid at the marketplace of a sales channel, or to be paid there."""
    return TenderRequest(kind=TenderKind.MARKETPLACE, channel=channel, is_paid=is_paid)


async def confirm_paid(
    session: AsyncSession, order_id: UUID, *, actor: Actor, owner: PlanOwner
) -> None:
    """The marketplace says that the buyer has paid: it owes us that. Again changes nothing.

    Raises `NotFound`, and `NotAwaitingPayment` for an order that is closed or paid another way.
    """
    known = await plan_of_order(session, order_id)
    plan = await locked(session, owner, order_id, known.id)
    account = receivable_of(plan)
    if account is not None and plan.state in PAID:
        return
    if account is None or plan.state not in UNPAID:
        raise NotAwaitingPayment("It takes no payment of a marketplace", state=plan.state)
    await _capture(session, plan, account, actor)
    await owner.paid(session, order_id)


async def _capture(
    session: AsyncSession, plan: Plan, account: ledger.Account, actor: Actor
) -> None:
    await CollectionRepository(session).capture(plan.id)
    await system.publish(session, captured(plan))
    await ledger.post(session, [journals.capture(plan, account)], actor=actor)
