"""Plans as their owner and staff read them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.repositories.payments.plans import PlanRepository
from app.services.payments.engine.types import Plan
from app.services.payments.views import PlanView, plan_of, view


async def read_plan(session: AsyncSession, order_id: UUID) -> PlanView:
    """The plan of an order; raises `NotFound`. One statement."""
    found = await read_plans(session, [order_id])
    if order_id not in found:
        raise NotFound("No such payment plan")
    return found[order_id]


async def read_plans(session: AsyncSession, order_ids: Sequence[UUID]) -> Mapping[UUID, PlanView]:
    """Plans by order id, in one statement."""
    rows = await PlanRepository(session).of_orders(order_ids)
    return {row["order_id"]: view(plan_of(row)) for row in rows}


async def plan_by_id(session: AsyncSession, plan_id: UUID) -> Plan:
    row = await PlanRepository(session).read(plan_id)
    if row is None:
        raise NotFound("No such payment plan")
    return plan_of(row)


async def plan_of_order(session: AsyncSession, order_id: UUID) -> Plan:
    rows = await PlanRepository(session).of_orders([order_id])
    if not rows:
        raise NotFound("No such payment plan")
    return plan_of(rows[0])
