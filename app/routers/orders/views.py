"""Views of the order list, as staff keep them."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.orders.admin import OrdersReader
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.centre import OrderViewIn, OrderViewOut
from app.services import orders

router = Router(prefix="/order-views", tags=["orders"])

EDITS = (NotFound, StaleVersion, PreconditionRequired)


@router.get("")
async def list_views(actor: OrdersReader, page: PageDep, session: ReaderDep) -> Page[OrderViewOut]:
    """Your views and those others share, newest first."""
    rows = await orders.centre.list_views(
        session, actor=actor, after=page.after, limit=page.limit + 1
    )
    return page_of(rows, page.limit, OrderViewOut)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, orders.centre.CurrencyNeeded),
)
async def create_view(
    body: OrderViewIn, actor: OrdersReader, session: SessionDep, response: Response
) -> OrderViewOut:
    """Keep a filter under a name. A default takes that from the one before."""
    row = await orders.centre.create_view(session, body.terms(), actor=actor)
    put_etag(response, row.version)
    return OrderViewOut.model_validate(row)


@router.get("/{view_id}", responses=problems(NotFound))
async def get_view(
    view_id: UUID, actor: OrdersReader, session: ReaderDep, response: Response
) -> OrderViewOut:
    """A view of yours, or one that is shared."""
    row = await orders.centre.get_view(session, view_id, actor=actor)
    put_etag(response, row.version)
    return OrderViewOut.model_validate(row)


@router.put("/{view_id}", responses=problems(*EDITS, AlreadyExists, orders.centre.CurrencyNeeded))
async def edit_view(
    view_id: UUID,
    body: OrderViewIn,
    version: VersionDep,
    actor: OrdersReader,
    session: SessionDep,
    response: Response,
) -> OrderViewOut:
    """Replace a view of yours."""
    row = await orders.centre.edit_view(
        session, view_id, body.terms(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return OrderViewOut.model_validate(row)


@router.delete("/{view_id}", status_code=HTTPStatus.NO_CONTENT, responses=problems(*EDITS))
async def delete_view(
    view_id: UUID, version: VersionDep, actor: OrdersReader, session: SessionDep
) -> None:
    """Delete a view of yours."""
    await orders.centre.delete_view(session, view_id, version=version, actor=actor)
