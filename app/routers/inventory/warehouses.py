"""Warehouses, as staff keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.inventory import WarehouseIn, WarehouseOut, WarehousePut
from app.services import inventory

router = Router(prefix="/warehouses", tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]


@router.get("")
async def list_warehouses(
    actor: Reader, page: PageDep, session: ReaderDep, merchant_id: UUID | None = None
) -> Page[WarehouseOut]:
    """Warehouses, oldest first, of all merchants or of one."""
    views = await inventory.list_warehouses(
        session, merchant_id=merchant_id, after=page.after, limit=page.limit + 1
    )
    items = [WarehouseOut.of(view) for view in views[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(views) > page.limit else None)


@router.post(
    "", status_code=HTTPStatus.CREATED, responses=problems(AlreadyExists, InvalidReference)
)
async def create_warehouse(
    body: WarehouseIn, actor: Writer, session: SessionDep, response: Response
) -> WarehouseOut:
    """Open a warehouse."""
    view = await inventory.create_warehouse(
        session, body.change(), code=body.code, merchant_id=body.merchant_id, actor=actor
    )
    put_etag(response, view.warehouse.version)
    return WarehouseOut.of(view)


@router.get("/{warehouse_id}", responses=problems(NotFound))
async def get_warehouse(
    warehouse_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> WarehouseOut:
    """One warehouse."""
    view = await inventory.get_warehouse(session, warehouse_id)
    put_etag(response, view.warehouse.version)
    return WarehouseOut.of(view)


@router.put(
    "/{warehouse_id}",
    responses=problems(NotFound, StaleVersion, PreconditionRequired, InvalidReference),
)
async def edit_warehouse(
    warehouse_id: UUID,
    body: WarehousePut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> WarehouseOut:
    """Replace everything about a warehouse but its code and merchant."""
    view = await inventory.edit_warehouse(
        session, warehouse_id, body.change(), version=version, actor=actor
    )
    put_etag(response, view.warehouse.version)
    return WarehouseOut.of(view)
