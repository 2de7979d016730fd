"""Compensation: an unpaid plan lets go of everything it held."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import PlanState, TenderState
from app.repositories.payments.plans import PlanRepository
from app.repositories.payments.sources import SourceRepository
from app.services import ledger
from app.services.payments.engine import journals
from app.services.payments.engine.states import check_move
from app.services.payments.engine.types import Plan
from app.services.payments.ports import PlanOwner


async def release(session: AsyncSession, owner: PlanOwner, plan: Plan, reason: str) -> None:
    """Close a locked plan and give back every hold.

    `owner.closed` comes last, since it locks what everybody shares. Each step is idempotent
    by its key, so a crash and a repeat change nothing twice.
    """
    check_move(plan.state, PlanState.CLOSED)
    await PlanRepository(session).close(plan.id, reason)
    if plan.points:
        await SourceRepository(session).settle(plan.id, TenderState.RELEASED)
    journal = journals.release(plan)
    if journal is not None:
        await ledger.post(session, [journal])
    await owner.closed(session, plan.order_id, reason)
