"""What staff look at: plans, refunds, and what needs people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import PlanState, RefundState
from app.repositories.payments.lists import PaymentLists
from app.services.payments.read import plan_by_id
from app.services.payments.refund_read import list_refunds_of
from app.services.payments.refund_views import RefundView
from app.services.payments.views import PlanView, view


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFilter:
    state: PlanState | None = None
    member_id: UUID | None = None
    order_id: UUID | None = None
    in_review: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFilter:
    state: RefundState | None = None
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDetail:
    """A plan with the money gateways say they took for it, and what went back.

    `fee_minor` is what the gateway kept of it, as its statements say: of the payment, less what it
    gave back with refunds. None while no statement speaks of it.
    """

    plan: PlanView
    receipts: Sequence[Row[Any]]
    refunds: Sequence[RefundView]
    fee_minor: int | None


async def list_plans(
    session: AsyncSession, wanted: PlanFilter, *, after: UUID | None, limit: int
) -> list[Row[Any]]:
    """One plan more than `limit`, newest first."""
    return await PaymentLists(session).plans(
        limit=limit + 1,
        after=after,
        state=wanted.state,
        member_id=wanted.member_id,
        order_id=wanted.order_id,
        in_review=wanted.in_review,
    )


async def list_refunds(
    session: AsyncSession, wanted: RefundFilter, *, after: UUID | None, limit: int
) -> list[Row[Any]]:
    """Parts of refunds and money on its way back, one more than `limit`, newest first."""
    return await PaymentLists(session).refunds(
        limit=limit + 1, after=after, state=wanted.state, order_id=wanted.order_id
    )


async def read_detail(session: AsyncSession, plan_id: UUID) -> PlanDetail:
    """Raises `NotFound`."""
    plan = await plan_by_id(session, plan_id)
    lists = PaymentLists(session)
    return PlanDetail(
        plan=view(plan),
        receipts=await lists.receipts(plan_id),
        refunds=await list_refunds_of(session, plan.order_id),
        fee_minor=await lists.fee_minor(plan_id),
    )
