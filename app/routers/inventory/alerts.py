"""Warnings of stock and their limits, as staff see them."""

from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.inventory import AlertKind, AlertState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import KeysetDep, PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.inventory.pages import SORT, after_pair
from app.routers.pages import Position, page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.stock_alerts import AcknowledgeIn, AlertOut, AllLimitsOut, LimitsIn, LimitsOut
from app.services import inventory

router = Router(prefix="/stock", tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]


@router.get("/alerts")
async def list_alerts(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    kind: AlertKind | None = None,
    state: AlertState | None = None,
    warehouse_id: UUID | None = None,
) -> Page[AlertOut]:
    """Stock that crossed a limit, newest first; without `state` what is not over."""
    wanted = inventory.alerts.AlertFilter(kind, state, warehouse_id)
    rows = await inventory.alerts.list_alerts(
        session, wanted, after=page.after, limit=page.limit + 1
    )
    return page_of(rows, page.limit, AlertOut)


@router.post(
    "/alerts/{alert_id}/acknowledge",
    responses=problems(
        NotFound, StaleVersion, PreconditionRequired, inventory.IllegalStockTransition
    ),
)
async def acknowledge_alert(
    alert_id: UUID,
    body: AcknowledgeIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> AlertOut:
    """Say that somebody sees to it. It is over when stock is as it should be."""
    row = await inventory.alerts.acknowledge(
        session, alert_id, version=version, note=body.note, actor=actor
    )
    put_etag(response, row.version)
    return AlertOut.model_validate(row)


@router.put("/limits", responses=problems(inventory.UnknownStock))
async def set_stock_limits(body: LimitsIn, actor: Writer, session: SessionDep) -> AllLimitsOut:
    """Say for SKUs of a warehouse when stock is low, too much, or does not sell."""
    rows = body.limits()
    await inventory.alerts.set_limits(session, body.warehouse_id, rows, actor=actor)
    items = [
        LimitsOut(sku_id=sku_id, warehouse_id=body.warehouse_id, **each._asdict())
        for sku_id, each in rows.items()
    ]
    return AllLimitsOut(items=items)


@router.get("/limits")
async def list_stock_limits(
    actor: Reader, keyset: KeysetDep, session: ReaderDep
) -> Page[LimitsOut]:
    """Limits SKUs have of their own, in order of SKU and warehouse."""
    after = after_pair(keyset.after(SORT))
    rows = await inventory.alerts.list_limits(session, after=after, limit=keyset.limit + 1)
    items = [LimitsOut.model_validate(dict(row)) for row in rows[: keyset.limit]]
    if len(rows) <= keyset.limit:
        return Page(items=items, next_after=None)
    last = items[-1]
    return Page(
        items=items,
        next_after=Position(SORT, str(last.sku_id), UUID(str(last.warehouse_id))).encode(),
    )
