"""A merchant's stock, as its own systems read and move it."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, Unauthenticated
from app.core.enums.scopes import Scope
from app.routers.declared import Router
from app.routers.deps import KeysetDep, PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_merchant
from app.routers.inventory.moving import adjust, receive
from app.routers.inventory.pages import SORT, after_pair, stock_page
from app.routers.inventory.stock import SkuCode
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.inventory import MovementsOut, OwnWarehouseOut, ReceiptIn, StockOut
from app.schemas.stocktakes import AdjustmentIn, AdjustmentOut
from app.services import inventory

router = Router(tags=["inventory"])

Reader = Annotated[Actor, Security(get_merchant, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_merchant, scopes=[Scope.INVENTORY_WRITE])]


@router.get("/warehouses")
async def list_own_warehouses(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[OwnWarehouseOut]:
    """Where your own stock lies, oldest first."""
    views = await inventory.list_warehouses(
        session, merchant_id=_own(actor), after=page.after, limit=page.limit + 1
    )
    return page_of([view.warehouse for view in views], page.limit, OwnWarehouseOut)


@router.get("/stock")
async def list_own_stock(
    actor: Reader,
    keyset: KeysetDep,
    session: ReaderDep,
    warehouse_id: UUID | None = None,
    sku_id: UUID | None = None,
    sku_code: SkuCode = None,
) -> Page[StockOut]:
    """Stock of the SKUs you sell, wherever it lies, in order of SKU and warehouse."""
    wanted = inventory.StockFilter(_own(actor), warehouse_id, sku_id, sku_code)
    rows = await inventory.list_stock(
        session, wanted, after=after_pair(keyset.after(SORT)), limit=keyset.limit + 1
    )
    return stock_page(rows, keyset.limit)


@router.post(
    "/stock/receipts",
    status_code=HTTPStatus.CREATED,
    response_model=MovementsOut,
    responses=problems(inventory.UnknownStock, inventory.NotTracked, inventory.BatchDiffers),
)
async def receive_own_stock(
    body: ReceiptIn, actor: Writer, once: OnceDep, session: SessionDep
) -> Response:
    """Put goods of yours that arrived in a warehouse of yours on stock, all rows or none."""
    return await receive(body, actor, once, session, owner=_own(actor))


@router.post(
    "/stock/adjustments",
    status_code=HTTPStatus.CREATED,
    response_model=AdjustmentOut,
    responses=problems(
        inventory.UnknownStock,
        inventory.BelowReserved,
        inventory.NotTracked,
        inventory.BatchShort,
    ),
)
async def adjust_own_stock(
    body: AdjustmentIn,
    actor: Writer,
    once: OnceDep,
    session: SessionDep,
    resources: ResourcesDep,
) -> Response:
    """Correct stock of yours in a warehouse of yours by differences, all rows or none.

    Never below what orders were promised. Large ones wait until the shop's staff agrees.
    """
    limits = resources.settings.inventory
    return await adjust(body, actor, once, session, limits=limits, owner=_own(actor))


def _own(actor: Actor) -> UUID:
    if actor.merchant_id is None:
        raise Unauthenticated("Send an API key")
    return actor.merchant_id
