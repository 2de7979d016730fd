"""Refunds of orders, as staff look at and ask for them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.orders.refund_answers import admin_refundable_out
from app.routers.problems import problems
from app.schemas.orders.refunds import (
    AdminRefundableOut,
    NewRefundIn,
    RefundWishIn,
    WishPreviewOut,
)
from app.schemas.payments.refunds import AdminRefundOut, DisputeOut, OpenDisputeIn
from app.services import orders, payments
from app.services.payments import PaymentTerms

router = Router(prefix="/orders", tags=["orders"])

OrdersReader = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_READ])]
PaymentsWriter = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]
REFUSED = (
    NotFound,
    InvalidReference,
    payments.RefundRefused,
    payments.RefundExceeds,
    payments.DisputeOpen,
    orders.CannotReprice,
)
CREATED = HTTPStatus.CREATED


@router.get("/{order_id}/refundable", responses=problems(NotFound))
async def get_refundable(
    order_id: UUID, actor: OrdersReader, session: ReaderDep, resources: ResourcesDep
) -> AdminRefundableOut:
    """What of an order can come back, per unit and per tender: what its shopper sees too."""
    terms = PaymentTerms.of(resources.settings)
    found = await orders.refundable(session, order_id, actor=actor, terms=terms)
    return admin_refundable_out(found)


@router.post("/{order_id}/refunds/preview", responses=problems(*REFUSED))
async def preview_refund(
    order_id: UUID,
    body: RefundWishIn,
    actor: OrdersReader,
    session: ReaderDep,
    resources: ResourcesDep,
) -> WishPreviewOut:
    """What a refund would bring and what would follow from it; nothing happens."""
    found = await orders.preview_wish(
        session,
        order_id,
        body.wish(),
        actor=actor,
        terms=PaymentTerms.of(resources.settings),
    )
    return WishPreviewOut.model_validate(found)


@router.post(
    "/{order_id}/refunds",
    status_code=CREATED,
    response_model=AdminRefundOut,
    responses=problems(
        *REFUSED,
        payments.RefundNumberUsed,
        orders.GiftNotReturned,
        orders.UnitsInReturn,
        orders.AlreadyShipped,
        orders.IllegalTransition,
    ),
)
async def create_refund(
    order_id: UUID,
    body: NewRefundIn,
    actor: PaymentsWriter,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Give back units, an amount, the shipping fee, or everything.

    Goodwill, and what is above the limit for one person, is `waiting` for somebody else. Everything
    of an order of which nothing has left cancels it.
    """

    async def work() -> tuple[int, AdminRefundOut]:
        refund = await orders.request_refund(
            session,
            order_id,
            body.wish(),
            actor=actor,
            number=body.number,
            terms=PaymentTerms.of(resources.settings),
        )
        return CREATED, AdminRefundOut.model_validate(refund)

    return await once(session, actor, work)


@router.post(
    "/{order_id}/disputes",
    status_code=CREATED,
    response_model=DisputeOut,
    responses=problems(NotFound, AlreadyExists, payments.RefundRefused, payments.RefundExceeds),
)
async def open_dispute(
    order_id: UUID, body: OpenDisputeIn, actor: PaymentsWriter, session: SessionDep, once: OnceDep
) -> Response:
    """Note that the payer's bank asks for the money: nothing is refunded until that is closed."""

    async def work() -> tuple[int, DisputeOut]:
        plan = await payments.read_plan(session, order_id)
        row = await payments.disputes.open_dispute(
            session, body.command(plan.id), actor=actor, owner=orders.PLAN_OWNER
        )
        return CREATED, DisputeOut.model_validate(dict(row))

    return await once(session, actor, work)
