"""Stock, its movements and reservations, as staff see and correct them."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, Security

from app.core.actor import Actor
from app.core.enums.inventory import ReservationState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import KeysetDep, PageDep, ReaderDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.inventory.moving import moved, receive
from app.routers.inventory.pages import SORT, after_pair, stock_page
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.inventory import (
    MovementOut,
    MovementsOut,
    ReceiptIn,
    RegradeIn,
    ReservationOut,
    StockOut,
)
from app.services import inventory, system

router = Router(prefix="/stock", tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]
Owner = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z]+:[0-9A-Za-z-]+$")]
SkuCode = Annotated[str | None, Query(min_length=1, max_length=64, pattern=r"^[^\x00]+$")]
REPEATED = (system.IdempotencyInProgress, system.IdempotencyKeyReused)


@router.get("")
async def list_stock(
    actor: Reader,
    keyset: KeysetDep,
    session: ReaderDep,
    merchant_id: UUID | None = None,
    warehouse_id: UUID | None = None,
    sku_id: UUID | None = None,
    sku_code: SkuCode = None,
) -> Page[StockOut]:
    """What lies where and how much of it is promised, in order of SKU and warehouse."""
    wanted = inventory.StockFilter(merchant_id, warehouse_id, sku_id, sku_code)
    rows = await inventory.list_stock(
        session, wanted, after=after_pair(keyset.after(SORT)), limit=keyset.limit + 1
    )
    return stock_page(rows, keyset.limit)


@router.post(
    "/receipts",
    status_code=HTTPStatus.CREATED,
    response_model=MovementsOut,
    responses=problems(
        *REPEATED, inventory.UnknownStock, inventory.NotTracked, inventory.BatchDiffers
    ),
)
async def receive_stock(
    body: ReceiptIn, actor: Writer, once: OnceDep, session: SessionDep
) -> Response:
    """Put goods that arrived on stock, all rows or none."""
    return await receive(body, actor, once, session)


@router.post(
    "/regrades",
    status_code=HTTPStatus.CREATED,
    response_model=MovementsOut,
    responses=problems(
        *REPEATED,
        NotFound,
        inventory.UnknownStock,
        inventory.BelowReserved,
        inventory.NotTracked,
        inventory.BatchShort,
    ),
)
async def regrade_stock(
    body: RegradeIn, actor: Writer, once: OnceDep, session: SessionDep
) -> Response:
    """Say that pieces are damaged, kept back or fit to be sold again; all rows or none.

    Only sellable pieces are on hand; those promised to orders stay sellable.
    """

    async def work() -> tuple[int, MovementsOut]:
        ids = await inventory.batches.existing(session, body.batches())
        rows = await inventory.regrade(
            session,
            body.moves(ids),
            to=body.to,
            cause=f"regrade:{body.document}",
            actor=actor.principal,
        )
        return HTTPStatus.CREATED, moved(rows)

    return await once(session, actor, work)


@router.get("/movements")
async def list_movements(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    sku_id: UUID | None = None,
    warehouse_id: UUID | None = None,
    since: datetime | None = None,
) -> Page[MovementOut]:
    """Every change of on-hand with its cause, newest first."""
    wanted = inventory.MovementFilter(sku_id, warehouse_id, since)
    rows = await inventory.list_movements(session, wanted, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, MovementOut)


@router.get("/reservations")
async def list_reservations(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    owner: Owner = None,
    sku_id: UUID | None = None,
    state: ReservationState | None = None,
) -> Page[ReservationOut]:
    """What is promised to whom, newest first; `owner` is `order:<id>`."""
    wanted = inventory.ReservationFilter(owner, sku_id, state)
    rows = await inventory.list_reservations(
        session, wanted, after=page.after, limit=page.limit + 1
    )
    return page_of(rows, page.limit, ReservationOut)
