"""Staff ask for a difference, withdraw it, and give it back."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.charges import AdminChargeOut, ChargeIn, RefundChargeIn
from app.schemas.payments.refunds import AdminRefundOut
from app.services import orders, payments

router = Router(prefix="/orders", tags=["orders"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]
PaymentsWriter = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]


@router.post(
    "/{order_id}/charges",
    status_code=HTTPStatus.CREATED,
    response_model=AdminChargeOut,
    responses=problems(
        NotFound,
        orders.IllegalTransition,
        orders.shipping.OrderNotPaid,
        orders.charges.ChargePending,
        SecondPersonNeeded,
    ),
)
async def ask_charge(
    order_id: UUID,
    body: ChargeIn,
    actor: Writer,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Ask the shopper of a paid order for more: of freight, or of goods.

    Nothing is owed until the shopper agrees by paying. Until then, or until it is declined,
    withdrawn or its time is over, the order does not leave. Above the limit of what you may ask
    for, somebody with the scope `payments:large` asks.
    """
    terms = payments.PaymentTerms.of(resources.settings)

    async def work() -> tuple[int, AdminChargeOut]:
        made = await orders.charges.ask_charge(
            session, body.charge(order_id), actor=actor, terms=terms
        )
        return HTTPStatus.CREATED, AdminChargeOut.model_validate(made)

    return await once(session, actor, work)


@router.get("/{order_id}/charges", responses=problems(NotFound))
async def list_charges(
    order_id: UUID, page: PageDep, _: Reader, session: ReaderDep
) -> Page[AdminChargeOut]:
    """What an order was asked for besides what it cost, newest first."""
    rows = await orders.charges.list_charges(session, order_id, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, AdminChargeOut)


@router.post(
    "/{order_id}/charges/{charge_id}/withdraw",
    responses=problems(NotFound, payments.AlreadyPaid),
)
async def withdraw_charge(
    order_id: UUID,
    charge_id: UUID,
    actor: Writer,
    resources: ResourcesDep,
) -> AdminChargeOut:
    """Ask for it no longer. While a gateway may still take money it is `awaiting`."""
    row = await orders.charges.close_charge(
        resources.sessions,
        resources.gateways,
        charge_id,
        actor=actor,
        order_id=order_id,
        terms=payments.PaymentTerms.of(resources.settings),
    )
    return AdminChargeOut.model_validate(row)


@router.post(
    "/{order_id}/charges/{charge_id}/refunds",
    status_code=HTTPStatus.CREATED,
    response_model=AdminRefundOut,
    responses=problems(
        NotFound,
        payments.RefundRefused,
        payments.RefundExceeds,
        payments.DisputeOpen,
        payments.RefundNumberUsed,
    ),
)
async def refund_charge(
    order_id: UUID,
    charge_id: UUID,
    body: RefundChargeIn,
    actor: PaymentsWriter,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Give back what a charge brought, or a part of it; the order stays as it is.

    Goodwill, and what is above the limit for one person, is `waiting` for somebody else. Goods
    that were added are refunded as the order they are.
    """

    async def work() -> tuple[int, AdminRefundOut]:
        await orders.charges.get_charge(session, order_id, charge_id)
        refund = await orders.charges.refund_charge(
            session,
            charge_id,
            body.command(),
            actor=actor,
            number=body.number,
            terms=payments.PaymentTerms.of(resources.settings),
        )
        return HTTPStatus.CREATED, AdminRefundOut.model_validate(refund)

    return await once(session, actor, work)
