"""Payments and refunds, as staff look at them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Security

from app.core.actor import Actor
from app.core.enums.payments import PlanState, RefundState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.payments.admin import (
    AttemptOut,
    PlanDetailOut,
    PlanOut,
    ReceiptOut,
    RefundRowOut,
    TenderOut,
)
from app.schemas.payments.refunds import AdminRefundOut
from app.services import payments

router = Router(tags=["payments"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_READ])]


async def wanted_plans(
    state: PlanState | None = None,
    member_id: UUID | None = None,
    order_id: UUID | None = None,
) -> payments.PlanFilter:
    return payments.PlanFilter(state=state, member_id=member_id, order_id=order_id)


PlanFilterDep = Annotated[payments.PlanFilter, Depends(wanted_plans)]


@router.get("/payments")
async def list_payments(
    actor: Reader, page: PageDep, session: ReaderDep, wanted: PlanFilterDep
) -> Page[PlanOut]:
    """How orders are paid, newest first; with an `order_id` also what it was charged besides."""
    rows = await payments.list_plans(session, wanted, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, PlanOut)


@router.get("/payments/in-review")
async def list_payments_in_review(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[PlanOut]:
    """Payments that need people: money that does not match, a gateway that stays silent."""
    wanted = payments.PlanFilter(in_review=True)
    rows = await payments.list_plans(session, wanted, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, PlanOut)


@router.get("/payments/{payment_id}", responses=problems(NotFound))
async def get_payment(payment_id: UUID, actor: Reader, session: ReaderDep) -> PlanDetailOut:
    """One payment: its tenders, the money gateways say they took, and what went back."""
    found = await payments.read_detail(session, payment_id)
    plan = found.plan
    return PlanDetailOut(
        id=plan.id,
        order_id=plan.order_id,
        member_id=plan.member_id,
        currency=plan.currency,
        payable_minor=plan.payable_minor,
        state=plan.state,
        in_review=plan.in_review,
        tenders=[TenderOut.of(each, found.fee_minor) for each in plan.tenders],
        attempt=AttemptOut.model_validate(plan.attempt) if plan.attempt else None,
        receipts=[ReceiptOut.model_validate(each) for each in found.receipts],
        refunds=[AdminRefundOut.model_validate(each) for each in found.refunds],
    )


@router.get("/refunds")
async def list_refunds(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    state: RefundState | None = None,
    order_id: UUID | None = None,
) -> Page[RefundRowOut]:
    """Parts of refunds, and money on its way back, newest first."""
    wanted = payments.RefundFilter(state=state, order_id=order_id)
    rows = await payments.list_refunds(session, wanted, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, RefundRowOut)
