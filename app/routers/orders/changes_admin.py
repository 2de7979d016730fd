"""Changes of placed orders, as staff make them with the shopper's consent."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.orders.changes import MADE, REFUSED, preview_out
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.changes import AdminOrderChangeIn, AdminOrderChangeOut, ChangePreviewOut
from app.services import orders

router = Router(prefix="/orders", tags=["orders"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]


@router.post("/{order_id}/changes/preview", responses=problems(*REFUSED))
async def preview_change(
    order_id: UUID, body: AdminOrderChangeIn, actor: Reader, session: ReaderDep, response: Response
) -> ChangePreviewOut:
    """What a change would make of an order, and what comes back; nothing happens.

    The `ETag` is the version of the order: the change has to name it.
    """
    found = await orders.changes.preview_change(session, order_id, body.wish(), actor=actor)
    put_etag(response, found.order_version)
    return preview_out(found)


@router.post(
    "/{order_id}/changes",
    status_code=HTTPStatus.CREATED,
    response_model=AdminOrderChangeOut,
    responses=problems(*MADE),
)
async def change_order(
    order_id: UUID,
    body: AdminOrderChangeIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Change an order as its shopper agreed: until a parcel of it is packed, where it goes.

    Pieces are taken off until they are packed or have left, also while it is picked, and come back
    as any refund. Who else looked at it meanwhile finds it changed (`stale-version`).
    """

    async def work() -> tuple[int, AdminOrderChangeOut]:
        made = await orders.changes.change_order(
            session,
            order_id,
            body.wish(),
            version=version,
            actor=actor,
            limits=resources.settings.shipping,
        )
        return HTTPStatus.CREATED, AdminOrderChangeOut.model_validate(made)

    return await once(session, actor, work)


@router.get("/{order_id}/changes", responses=problems(NotFound))
async def list_changes(
    order_id: UUID, page: PageDep, actor: Reader, session: ReaderDep
) -> Page[AdminOrderChangeOut]:
    """What was changed of an order, newest first, and by whom."""
    rows = await orders.changes.list_changes(
        session, order_id, actor=actor, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, AdminOrderChangeOut)
