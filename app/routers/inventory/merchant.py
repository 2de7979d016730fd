"""A merchant's stock, as its own systems read it."""

from typing import Annotated
from uuid import UUID

from fastapi import Security

from app.core.actor import Actor, Unauthenticated
from app.core.enums.scopes import Scope
from app.routers.declared import Router
from app.routers.deps import KeysetDep, ReaderDep
from app.routers.identity import get_merchant
from app.routers.inventory.pages import SORT, after_pair, stock_page
from app.routers.inventory.stock import SkuCode
from app.schemas.base import Page
from app.schemas.inventory import StockOut
from app.services import inventory

router = Router(prefix="/stock", tags=["inventory"])

Reader = Annotated[Actor, Security(get_merchant, scopes=[Scope.INVENTORY_READ])]


@router.get("")
async def list_own_stock(
    actor: Reader,
    keyset: KeysetDep,
    session: ReaderDep,
    warehouse_id: UUID | None = None,
    sku_id: UUID | None = None,
    sku_code: SkuCode = None,
) -> Page[StockOut]:
    """Stock of the SKUs you sell, wherever it lies, in order of SKU and warehouse."""
    if actor.merchant_id is None:
        raise Unauthenticated("Send an API key")
    wanted = inventory.StockFilter(actor.merchant_id, warehouse_id, sku_id, sku_code)
    rows = await inventory.list_stock(
        session, wanted, after=after_pair(keyset.after(SORT)), limit=keyset.limit + 1
    )
    return stock_page(rows, keyset.limit)
