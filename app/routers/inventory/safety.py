"""Safety stock, and what runs low, as staff see it."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.routers.declared import Router
from app.routers.deps import KeysetDep, ReaderDep, SessionDep
from app.routers.identity import get_staff
from app.routers.inventory.pages import SORT, after_pair, low_page
from app.routers.problems import problems
from app.schemas.base import Page, WholeNumber
from app.schemas.inventory import LowStockOut, SafetiesOut, SafetyIn, SafetyOut
from app.services import inventory

router = Router(prefix="/stock", tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]
Days = Annotated[WholeNumber, Query(ge=1, le=365, description="Days whose sales are counted.")]


@router.put("/safety", responses=problems(inventory.UnknownStock))
async def keep_safety_stock(body: SafetyIn, actor: Writer, session: SessionDep) -> SafetiesOut:
    """Keep the last pieces of SKUs from shoppers. What orders were promised stays promised."""
    pieces = body.pieces()
    await inventory.safety.keep(session, body.warehouse_id, pieces, actor=actor)
    items = [SafetyOut(sku_id=sku_id, safety=n) for sku_id, n in pieces.items()]
    return SafetiesOut(items=items)


@router.get("/low")
async def list_low_stock(
    actor: Reader,
    keyset: KeysetDep,
    session: ReaderDep,
    warehouse_id: UUID | None = None,
    days: Days = 30,
) -> Page[LowStockOut]:
    """Stock of which no more is free than its safety stock, in order of SKU and warehouse."""
    rows = await inventory.safety.low(
        session,
        warehouse_id=warehouse_id,
        days=days,
        after=after_pair(keyset.after(SORT)),
        limit=keyset.limit + 1,
    )
    return low_page(rows, keyset.limit)
