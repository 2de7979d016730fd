"""Orders, as staff handle them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, Security

from app.core.actor import Actor
from app.core.enums.order_lists import OrderSort
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import KeysetDep, Position, ReaderDep, ResourcesDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.orders.answers import document
from app.routers.orders.filters import FilterDep, place_of
from app.routers.orders.flows import cancel_flow
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders import AdminCancelIn, AdminOrderCardOut, AdminOrderOut
from app.schemas.orders.centre import TabCountsOut
from app.services import orders, payments

router = Router(prefix="/orders", tags=["orders"])


OrdersReader = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_READ])]
OrdersWriter = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]
ViewParam = Annotated[
    UUID | None, Query(description="A view of yours or a shared one; what else is asked for wins.")
]
SortParam = Annotated[
    OrderSort | None,
    Query(description="By default as the view says, else `newest`. Amounts need a `currency`."),
]


@router.get(
    "",
    response_model=Page[AdminOrderCardOut],
    responses=problems(NotFound, orders.centre.CurrencyNeeded),
)
async def search_orders(
    page: KeysetDep,
    actor: OrdersReader,
    session: ReaderDep,
    wanted: FilterDep,
    view_id: ViewParam = None,
    sort: SortParam = None,
) -> Response:
    """All orders that match everything that is asked for. The end of a span is not included."""
    wanted, usual = await orders.centre.through_view(session, view_id, wanted, actor=actor)
    order = sort or usual
    found = await orders.centre.search_orders(
        session, wanted, sort=order, after=place_of(page.after(order)), limit=page.limit
    )
    return document(found.page(Position(order, *found.last).encode() if found.last else None))


@router.get("/counts", responses=problems(NotFound, orders.centre.CurrencyNeeded))
async def count_orders(
    actor: OrdersReader, session: ReaderDep, wanted: FilterDep, view_id: ViewParam = None
) -> TabCountsOut:
    """How many of the orders that match wait for what: exact up to 1 000 each.

    Those completed and cancelled are exact however many there are, if nothing is filtered.
    """
    wanted, _ = await orders.centre.through_view(session, view_id, wanted, actor=actor)
    return TabCountsOut.of(await orders.centre.count_orders(session, wanted))


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
