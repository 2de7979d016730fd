"""Correcting stock by hand, as staff do it."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.enums.inventory import AdjustmentState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.inventory.moving import adjust
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.stocktakes import AdjustmentIn, AdjustmentOut, RefusalIn
from app.services import inventory, system

router = Router(prefix="/stock/adjustments", tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]
REPEATED = (system.IdempotencyInProgress, system.IdempotencyKeyReused)
MOVING = (NotFound, StaleVersion, PreconditionRequired, inventory.IllegalStockTransition)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=AdjustmentOut,
    responses=problems(
        *REPEATED,
        NotFound,
        inventory.UnknownStock,
        inventory.BelowReserved,
        inventory.NotTracked,
        inventory.BatchShort,
    ),
)
async def adjust_stock(
    body: AdjustmentIn,
    actor: Writer,
    once: OnceDep,
    session: SessionDep,
    resources: ResourcesDep,
) -> Response:
    """Correct stock, all rows or none; never below what orders were promised.

    What is more than one person may decide waits until somebody else approves it.
    """
    return await adjust(body, actor, once, session, limits=resources.settings.inventory)


@router.get("")
async def list_adjustments(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    warehouse_id: UUID | None = None,
    state: AdjustmentState | None = None,
) -> Page[AdjustmentOut]:
    """Corrections, newest first."""
    views = await inventory.adjustments.page(
        session, warehouse_id=warehouse_id, state=state, after=page.after, limit=page.limit + 1
    )
    items = [AdjustmentOut.of(view) for view in views[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(views) > page.limit else None)


@router.get("/{adjustment_id}", responses=problems(NotFound))
async def get_adjustment(
    adjustment_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> AdjustmentOut:
    """One correction."""
    return _out(await inventory.adjustments.get(session, adjustment_id), response)


@router.post(
    "/{adjustment_id}/approve",
    responses=problems(*MOVING, SecondPersonNeeded, inventory.BelowReserved, inventory.BatchShort),
)
async def approve_adjustment(
    adjustment_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> AdjustmentOut:
    """Agree, as somebody else than who asked: it is on stock."""
    view = await inventory.adjustments.approve(session, adjustment_id, version=version, actor=actor)
    return _out(view, response)


@router.post("/{adjustment_id}/reject", responses=problems(*MOVING))
async def reject_adjustment(
    adjustment_id: UUID,
    body: RefusalIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> AdjustmentOut:
    """Refuse it; stock stays as it is."""
    view = await inventory.adjustments.reject(
        session, adjustment_id, version=version, reason=body.reason, actor=actor
    )
    return _out(view, response)


@router.post("/{adjustment_id}/cancel", responses=problems(*MOVING))
async def cancel_adjustment(
    adjustment_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> AdjustmentOut:
    """Think better of it; stock stays as it is."""
    view = await inventory.adjustments.cancel(session, adjustment_id, version=version, actor=actor)
    return _out(view, response)


def _out(view: inventory.adjustments.AdjustmentView, response: Response) -> AdjustmentOut:
    put_etag(response, view.row.version)
    return AdjustmentOut.of(view)
