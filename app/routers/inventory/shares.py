"""What channels may promise of stock, as staff limit it."""

from typing import Annotated
from uuid import UUID

from fastapi import Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference
from app.routers.declared import Router
from app.routers.deps import KeysetDep, ReaderDep, SessionDep
from app.routers.identity import get_staff
from app.routers.inventory.pages import SORT, after_pair
from app.routers.pages import Position
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.pos_sales import ShareOut, SharesIn, SharesOut
from app.services import inventory

router = Router(prefix="/stock/shares", tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]


@router.put("/{channel_id}", responses=problems(inventory.UnknownStock, InvalidReference))
async def set_stock_shares(
    channel_id: UUID, body: SharesIn, actor: Writer, session: SessionDep
) -> SharesOut:
    """Limit what a channel may promise of SKUs in a warehouse. What it has promised stays."""
    rows = body.shares()
    await inventory.shares.set_shares(session, channel_id, body.warehouse_id, rows, actor=actor)
    items = [
        ShareOut(sku_id=sku_id, warehouse_id=body.warehouse_id, **each._asdict())
        for sku_id, each in rows.items()
    ]
    return SharesOut(items=items)


@router.get("/{channel_id}")
async def list_stock_shares(
    channel_id: UUID, actor: Reader, keyset: KeysetDep, session: ReaderDep
) -> Page[ShareOut]:
    """What a channel is limited to, in order of SKU and warehouse."""
    after = after_pair(keyset.after(SORT))
    rows = await inventory.shares.list_shares(
        session, channel_id, after=after, limit=keyset.limit + 1
    )
    items = [ShareOut.model_validate(dict(row)) for row in rows[: keyset.limit]]
    if len(rows) <= keyset.limit:
        return Page(items=items, next_after=None)
    last = items[-1]
    position = Position(SORT, str(last.sku_id), UUID(str(last.warehouse_id)))
    return Page(items=items, next_after=position.encode())
