"""Orders, as staff handle them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, Security
from pydantic import AwareDatetime

from app.core.actor import Actor
from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus, ReturnStatus
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.orders.answers import document
from app.routers.orders.flows import cancel_flow
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders import AdminCancelIn, AdminOrderCardOut, AdminOrderOut
from app.services import orders, payments

router = Router(prefix="/orders", tags=["orders"])


async def wanted_orders(  # noqa: PLR0917 - query parameters are named by clients
    number: Annotated[str | None, Query(max_length=32)] = None,
    member_id: UUID | None = None,
    channel_id: UUID | None = None,
    state: OrderState | None = None,
    payment_status: PaymentStatus | None = None,
    fulfilment_status: FulfilmentStatus | None = None,
    return_status: ReturnStatus | None = None,
    placed_from: AwareDatetime | None = None,
    placed_to: AwareDatetime | None = None,
) -> orders.OrderFilter:
    return orders.OrderFilter(
        number=number,
        member_id=member_id,
        channel_id=channel_id,
        state=state,
        payment_status=payment_status,
        fulfilment_status=fulfilment_status,
        return_status=return_status,
        placed_from=placed_from,
        placed_to=placed_to,
    )


OrdersReader = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_READ])]
OrdersWriter = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]
FilterDep = Annotated[orders.OrderFilter, Depends(wanted_orders)]


@router.get("", response_model=Page[AdminOrderCardOut])
async def search_orders(
    page: PageDep, actor: OrdersReader, session: ReaderDep, wanted: FilterDep
) -> Response:
    """All orders that match, newest first. `placed_to` itself is not included."""
    return document(await orders.search_orders(session, wanted, after=page.after, limit=page.limit))


@router.get("/{order_id}", response_model=AdminOrderOut, responses=problems(NotFound))
async def get_order(order_id: UUID, actor: OrdersReader, session: ReaderDep) -> Response:
    """An order with everything that hangs on it, and who did what."""
    return document(await orders.get_any_order(session, order_id))


@router.post(
    "/{order_id}/cancel",
    response_model=AdminOrderOut,
    responses=problems(
        NotFound,
        orders.AlreadyShipped,
        orders.IllegalTransition,
        payments.RefundRefused,
        payments.DisputeOpen,
    ),
)
async def cancel_order(
    order_id: UUID, body: AdminCancelIn, actor: OrdersWriter, once: OnceDep, resources: ResourcesDep
) -> Response:
    """Cancel an order that has not been shipped; a paid one is refunded in full.

    Cancelling again changes nothing and answers the same.
    """
    return await cancel_flow(resources, once, actor, order_id, body.reason)
