"""How SKUs are sold before they are there, and what waits, as staff see it."""

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
from app.schemas.backorders import (
    BackorderOut,
    BackorderTermsIn,
    BackorderTermsOut,
    BackorderTermsPut,
    ShortageOut,
)
from app.schemas.base import Page
from app.services import inventory

router = Router(tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]


@router.get("/backorders")
async def list_backorders(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    sku_id: UUID | None = None,
    is_late: bool | None = None,
    is_over: bool | None = None,
) -> Page[BackorderOut]:
    """What waits for goods, oldest first; `is_late` for what was expected before now.

    `is_over` for what nobody has to wait for any longer.
    """
    rows = await inventory.backorders.list_waiting(
        session,
        sku_id=sku_id,
        is_late=is_late,
        is_over=is_over,
        after=page.after,
        limit=page.limit + 1,
    )
    items = [BackorderOut.model_validate(row) for row in rows[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(rows) > page.limit else None)


@router.get("/stock-shortages")
async def list_shortages(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    warehouse_id: UUID | None = None,
    is_open: bool | None = None,
) -> Page[ShortageOut]:
    """Promised pieces that a count or somebody who packed did not find, newest first."""
    rows = await inventory.shortages.list_shortages(
        session,
        is_open=is_open,
        warehouse_id=warehouse_id,
        after=page.after,
        limit=page.limit + 1,
    )
    items = [ShortageOut.model_validate(row) for row in rows[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(rows) > page.limit else None)


@router.get("/backorder-terms")
async def list_backorder_terms(
    actor: Reader, page: PageDep, session: ReaderDep, sku_id: UUID | None = None
) -> Page[BackorderTermsOut]:
    """How SKUs are sold without stock, oldest first."""
    rows = await inventory.backorders.list_terms(
        session, sku_id=sku_id, after=page.after, limit=page.limit + 1
    )
    items = [BackorderTermsOut.model_validate(row) for row in rows[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(rows) > page.limit else None)


@router.post(
    "/backorder-terms",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, InvalidReference),
)
async def create_backorder_terms(
    body: BackorderTermsIn, actor: Writer, session: SessionDep, response: Response
) -> BackorderTermsOut:
    """Sell a SKU before it is there, in a channel or wherever nothing else is said."""
    row = await inventory.backorders.create_terms(
        session, body.terms(), sku_id=body.sku_id, channel_id=body.channel_id, actor=actor
    )
    put_etag(response, row.version)
    return BackorderTermsOut.model_validate(row)


@router.get("/backorder-terms/{terms_id}", responses=problems(NotFound))
async def get_backorder_terms(
    terms_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> BackorderTermsOut:
    """One of them."""
    row = await inventory.backorders.get_terms(session, terms_id)
    put_etag(response, row.version)
    return BackorderTermsOut.model_validate(row)


@router.put(
    "/backorder-terms/{terms_id}",
    responses=problems(
        NotFound, StaleVersion, PreconditionRequired, AlreadyExists, InvalidReference
    ),
)
async def edit_backorder_terms(
    terms_id: UUID,
    body: BackorderTermsPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> BackorderTermsOut:
    """Change how it is sold from now on. Who waits already keeps what was said then."""
    row = await inventory.backorders.edit_terms(
        session, terms_id, body.terms(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return BackorderTermsOut.model_validate(row)
