"""Sales of tills, as their systems tell them and staff see them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.pos_sales import (
    AllUploadedOut,
    PosSaleIn,
    PosSaleOut,
    PosUploadIn,
    UndoIn,
    UploadedOut,
)
from app.services import inventory

router = Router(prefix="/stock/pos-sales", tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(
        InvalidReference,
        inventory.UnknownStock,
        inventory.TillNumberTaken,
        inventory.OutOfStock,
        inventory.BatchShort,
        inventory.NotTracked,
        inventory.SerialsMissing,
        inventory.SerialsNotThere,
    )
    | {HTTPStatus.OK: {"description": "The sale was known under its number."}},
)
async def sell_at_till(
    body: PosSaleIn, actor: Writer, session: SessionDep, response: Response
) -> PosSaleOut:
    """Take what a till sold off the shelf. Its number counts once: tell it again as you like."""
    row, is_new = await inventory.pos_sales.sell(session, body.sale(), actor=actor)
    if not is_new:
        response.status_code = HTTPStatus.OK
    return PosSaleOut.model_validate(dict(row))


@router.post("/uploads")
async def upload_till_sales(
    body: PosUploadIn, actor: Writer, resources: ResourcesDep
) -> AllUploadedOut:
    """Tell what a till sold while it was offline, each sale for itself.

    They have happened: pieces that were not free are kept as short, those of batches that had
    expired or were kept back as unfit, and somebody has to explain both. Serials are the buyers',
    wherever they were thought to be.
    """
    done = await inventory.pos_sales.upload(resources.sessions, body.all(), actor=actor)
    return AllUploadedOut(items=[UploadedOut.of(each) for each in done])


@router.get("")
async def list_till_sales(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    warehouse_id: UUID | None = None,
    is_short: bool = False,
    is_unfit: bool = False,
) -> Page[PosSaleOut]:
    """Sales of tills, newest first.

    `is_short` those alone that sold what was not free, `is_unfit` what was not to be sold.
    """
    rows = await inventory.pos_sales.page(
        session,
        warehouse_id=warehouse_id,
        is_short=is_short,
        is_unfit=is_unfit,
        after=page.after,
        limit=page.limit + 1,
    )
    items = [PosSaleOut.model_validate(dict(row)) for row in rows[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(rows) > page.limit else None)


@router.post("/{sale_id}/undo", responses=problems(NotFound, inventory.IllegalStockTransition))
async def undo_till_sale(
    sale_id: UUID, body: UndoIn, actor: Writer, session: SessionDep
) -> PosSaleOut:
    """Put back what a till sold by mistake, or what came back; its serials lie there again."""
    row = await inventory.pos_sales.undo(session, sale_id, reason=body.reason, actor=actor)
    return PosSaleOut.model_validate(dict(row))
