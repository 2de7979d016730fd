"""Batches of goods, as staff see and recall them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, Security

from app.core.actor import Actor
from app.core.enums.inventory import BatchState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.batches import (
    BatchMovementOut,
    BatchOut,
    KeepBackIn,
    RecipientOut,
    TrackIn,
    TrackOut,
)
from app.services import inventory

router = Router(prefix="/stock", tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]
Number = Annotated[str | None, Query(min_length=1, max_length=64, pattern=r"^[^\x00]+$")]
JUDGING = problems(
    NotFound,
    StaleVersion,
    PreconditionRequired,
    inventory.IllegalStockTransition,
    inventory.BelowReserved,
)


@router.put("/tracking/{sku_id}", responses=problems(inventory.UnknownStock))
async def track_batches(
    sku_id: UUID, body: TrackIn, actor: Writer, session: SessionDep
) -> TrackOut:
    """Tell pieces of a SKU apart by batch from now on; what lies there is of an unknown batch."""
    await inventory.batches.track(session, sku_id, shelf_days=body.shelf_days, actor=actor)
    return TrackOut(sku_id=sku_id, shelf_days=body.shelf_days)


@router.get("/batches")
async def list_batches(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    sku_id: UUID | None = None,
    number: Number = None,
    state: BatchState | None = None,
    expires_until: date | None = None,
) -> Page[BatchOut]:
    """Batches and where pieces of them lie, newest first."""
    wanted = inventory.batches.BatchFilter(sku_id, number, state, expires_until)
    rows = await inventory.batches.page(session, wanted, after=page.after, limit=page.limit + 1)
    items = [BatchOut.model_validate(dict(row)) for row in rows[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(rows) > page.limit else None)


@router.get("/batches/{batch_id}", responses=problems(NotFound))
async def get_batch(
    batch_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> BatchOut:
    """One batch."""
    found = BatchOut.model_validate(dict(await inventory.batches.get(session, batch_id)))
    put_etag(response, found.version)
    return found


@router.post("/batches/{batch_id}/block", responses=JUDGING)
async def block_batch(
    batch_id: UUID,
    body: KeepBackIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> BatchOut:
    """Keep it back. What is free of it is frozen; what orders were promised cannot leave."""
    return await _judge(
        session, batch_id, BatchState.BLOCKED, version, body.reason, actor, response
    )


@router.post("/batches/{batch_id}/recall", responses=JUDGING)
async def recall_batch(
    batch_id: UUID,
    body: KeepBackIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> BatchOut:
    """Keep it back for good, to be asked back from its recipients."""
    return await _judge(
        session, batch_id, BatchState.RECALLED, version, body.reason, actor, response
    )


@router.post("/batches/{batch_id}/release", responses=JUDGING)
async def release_batch(
    batch_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> BatchOut:
    """Let it be sold again. Frozen pieces are regraded by hand, by who looked at them."""
    return await _judge(session, batch_id, BatchState.OPEN, version, None, actor, response)


@router.get("/batches/{batch_id}/recipients")
async def list_recipients(
    batch_id: UUID, actor: Reader, page: PageDep, session: ReaderDep
) -> Page[RecipientOut]:
    """Orders that got pieces of the batch, with what came back, oldest first."""
    rows = await inventory.batches.recipients(
        session, batch_id, after=page.after, limit=page.limit + 1
    )
    items = [RecipientOut.model_validate(dict(row)) for row in rows[: page.limit]]
    last = str(items[-1].order_id) if len(rows) > page.limit else None
    return Page(items=items, next_after=last)


@router.get("/batches/{batch_id}/movements")
async def list_batch_movements(
    batch_id: UUID, actor: Reader, page: PageDep, session: ReaderDep
) -> Page[BatchMovementOut]:
    """What moved of the batch, newest first."""
    rows = await inventory.batches.movements(
        session, batch_id, after=page.after, limit=page.limit + 1
    )
    items = [BatchMovementOut.model_validate(dict(row)) for row in rows[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(rows) > page.limit else None)


async def _judge(
    session: SessionDep,
    batch_id: UUID,
    state: BatchState,
    version: int,
    reason: str | None,
    actor: Actor,
    response: Response,
) -> BatchOut:
    row = await inventory.batches.judge(
        session, batch_id, state, version=version, reason=reason, actor=actor
    )
    found = BatchOut.model_validate(dict(row))
    put_etag(response, found.version)
    return found
