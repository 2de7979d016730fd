"""Counting a warehouse, as staff do it."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.enums.inventory import StocktakeState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.stocktakes import (
    CountsIn,
    RefusalIn,
    StocktakeCountOut,
    StocktakeHeadOut,
    StocktakeIn,
    StocktakeLineOut,
    StocktakeOut,
    SubmitStocktakeIn,
)
from app.services import inventory, system

router = Router(prefix="/stock/stocktakes", tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]
REPEATED = (system.IdempotencyInProgress, system.IdempotencyKeyReused)
MOVING = (NotFound, StaleVersion, PreconditionRequired, inventory.IllegalStockTransition)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=StocktakeOut,
    responses=problems(*REPEATED, inventory.UnknownStock),
)
async def open_stocktake(
    body: StocktakeIn, actor: Writer, once: OnceDep, session: SessionDep
) -> Response:
    """Begin to count SKUs of a warehouse, or all that lies there. Selling goes on."""

    async def work() -> tuple[int, StocktakeOut]:
        view = await inventory.stocktakes.open_stocktake(session, body.command(), actor=actor)
        return HTTPStatus.CREATED, StocktakeOut.of(view)

    return await once(session, actor, work)


@router.get("")
async def list_stocktakes(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    warehouse_id: UUID | None = None,
    state: StocktakeState | None = None,
) -> Page[StocktakeHeadOut]:
    """Stocktakes, newest first."""
    rows = await inventory.stocktakes.page(
        session, warehouse_id=warehouse_id, state=state, after=page.after, limit=page.limit + 1
    )
    return page_of(rows, page.limit, StocktakeHeadOut)


@router.get("/{stocktake_id}", responses=problems(NotFound))
async def get_stocktake(
    stocktake_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> StocktakeOut:
    """One stocktake and how far it is."""
    return _out(await inventory.stocktakes.get(session, stocktake_id), response)


@router.get("/{stocktake_id}/lines", responses=problems(NotFound))
async def list_stocktake_lines(
    stocktake_id: UUID, actor: Reader, page: PageDep, session: ReaderDep
) -> Page[StocktakeLineOut]:
    """What is to be counted and what was, in order of SKU."""
    view, rows = await inventory.stocktakes.lines(
        session, stocktake_id, after=page.after, limit=page.limit + 1
    )
    items = [
        StocktakeLineOut.of(dict(row), hides_expected=view.hides_expected)
        for row in rows[: page.limit]
    ]
    more = len(rows) > page.limit
    return Page(items=items, next_after=str(items[-1].sku_id) if more else None)


@router.get("/{stocktake_id}/counts", responses=problems(NotFound))
async def list_stocktake_counts(
    stocktake_id: UUID, actor: Reader, page: PageDep, session: ReaderDep
) -> Page[StocktakeCountOut]:
    """Every count there was, newest first, also those that were counted again."""
    view, rows = await inventory.stocktakes.counts(
        session, stocktake_id, after=page.after, limit=page.limit + 1
    )
    hidden = {"expected": None} if view.hides_expected else {}
    items = [StocktakeCountOut.model_validate(dict(row) | hidden) for row in rows[: page.limit]]
    more = len(rows) > page.limit
    return Page(items=items, next_after=str(items[-1].id) if more else None)


@router.put(
    "/{stocktake_id}/counts",
    responses=problems(
        NotFound,
        inventory.IllegalStockTransition,
        inventory.CountedElsewhere,
        inventory.UnknownStock,
        inventory.NotTracked,
        inventory.BatchDiffers,
    ),
)
async def count_stock(
    stocktake_id: UUID, body: CountsIn, actor: Writer, session: SessionDep, response: Response
) -> StocktakeOut:
    """Enter what was counted, beside what is on hand at this moment. Counting again replaces it.

    SKUs that are tracked by batch may be counted so: each batch that lies there has to be counted
    then. A batch nobody knew of is known from then on. Of a SKU one stocktake of a warehouse is
    open at a time.
    """
    ids = await inventory.batches.named(session, body.batches())
    view = await inventory.stocktakes.count(
        session, stocktake_id, body.counted(), of_batches=body.of_batches(ids), actor=actor
    )
    return _out(view, response)


@router.post(
    "/{stocktake_id}/submit",
    responses=problems(*MOVING, inventory.StocktakeIncomplete, inventory.BatchShort),
)
async def submit_stocktake(
    stocktake_id: UUID,
    body: SubmitStocktakeIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> StocktakeOut:
    """Say that counting is done: small differences are on stock at once, larger ones wait."""
    view = await inventory.stocktakes.submit(
        session,
        stocktake_id,
        version=version,
        leaves_uncounted=body.leaves_uncounted,
        actor=actor,
        limits=resources.settings.inventory,
    )
    return _out(view, response)


@router.post(
    "/{stocktake_id}/approve",
    responses=problems(*MOVING, SecondPersonNeeded, inventory.BatchShort),
)
async def approve_stocktake(
    stocktake_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> StocktakeOut:
    """Agree, as somebody who neither counted nor submitted it: the differences are on stock."""
    view = await inventory.stocktakes.approve(session, stocktake_id, version=version, actor=actor)
    return _out(view, response)


@router.post("/{stocktake_id}/reject", responses=problems(*MOVING))
async def reject_stocktake(
    stocktake_id: UUID,
    body: RefusalIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> StocktakeOut:
    """Have it counted again."""
    view = await inventory.stocktakes.reject(
        session, stocktake_id, version=version, reason=body.reason, actor=actor
    )
    return _out(view, response)


@router.post("/{stocktake_id}/cancel", responses=problems(*MOVING))
async def cancel_stocktake(
    stocktake_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> StocktakeOut:
    """Give it up; stock stays as it is."""
    view = await inventory.stocktakes.cancel(session, stocktake_id, version=version, actor=actor)
    return _out(view, response)


def _out(view: inventory.stocktakes.StocktakeView, response: Response) -> StocktakeOut:
    put_etag(response, view.row.version)
    return StocktakeOut.of(view)
