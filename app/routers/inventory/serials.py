"""Serial numbers, as those who scan them and look them up see them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.serials import (
    ScanForIn,
    ScanIn,
    ScannedOut,
    SerialHistoryOut,
    SerialOut,
    SerialTrackOut,
)
from app.services import inventory, system

router = Router(prefix="/stock", tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]
Number = Annotated[str | None, Query(min_length=1, max_length=64, pattern=r"^[^\x00]+$")]
Document = Annotated[str | None, Query(min_length=1, max_length=128, pattern=r"^[^\x00]+$")]
REPEATED = (system.IdempotencyInProgress, system.IdempotencyKeyReused)


@router.put("/serial-tracking/{sku_id}", responses=problems(inventory.UnknownStock))
async def track_serials(sku_id: UUID, actor: Writer, session: SessionDep) -> SerialTrackOut:
    """Ask for a serial of each piece of a SKU that leaves from now on."""
    await inventory.serials.track(session, sku_id, actor=actor)
    return SerialTrackOut(sku_id=sku_id)


@router.post(
    "/serials/in",
    response_model=ScannedOut,
    responses=problems(
        *REPEATED, inventory.NotTracked, inventory.SerialsNotThere, inventory.SerialsExceed
    ),
)
async def scan_serials_in(
    body: ScanIn, actor: Writer, once: OnceDep, session: SessionDep
) -> Response:
    """Say that pieces lie in a warehouse: received, back, moved there, or unpacked."""

    async def work() -> tuple[int, ScannedOut]:
        await inventory.serials.scan_in(session, body.scan(), actor=actor)
        return HTTPStatus.OK, ScannedOut(serials=body.serials)

    return await once(session, actor, work)


@router.post(
    "/serials/out",
    response_model=ScannedOut,
    responses=problems(*REPEATED, inventory.NotTracked, inventory.SerialsNotThere),
)
async def scan_serials_out(
    body: ScanIn, actor: Writer, once: OnceDep, session: SessionDep
) -> Response:
    """Say that pieces are gone: lost or thrown away. The count is corrected by itself."""

    async def work() -> tuple[int, ScannedOut]:
        await inventory.serials.scan_out(session, body.scan(), actor=actor)
        return HTTPStatus.OK, ScannedOut(serials=body.serials)

    return await once(session, actor, work)


@router.post(
    "/serials/pack",
    response_model=ScannedOut,
    responses=problems(*REPEATED, inventory.NotTracked, inventory.SerialsNotThere),
)
async def scan_serials_for_parcel(
    body: ScanForIn, actor: Writer, once: OnceDep, session: SessionDep
) -> Response:
    """Say that pieces are in a parcel, before it is handed over; they leave with it."""

    async def work() -> tuple[int, ScannedOut]:
        await inventory.serials.scan_for(session, body.scan(), actor=actor)
        return HTTPStatus.OK, ScannedOut(serials=body.serials)

    return await once(session, actor, work)


@router.get("/serials")
async def list_serials(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    sku_id: UUID | None = None,
    serial: Number = None,
    document: Document = None,
) -> Page[SerialOut]:
    """Serials with where they are or who has them, newest first.

    Of a document, such as `transfer:<number>`, those that last moved by it.
    """
    rows = await inventory.serials.page(
        session,
        sku_id=sku_id,
        serial=serial,
        document=document,
        after=page.after,
        limit=page.limit + 1,
    )
    items = [SerialOut.model_validate(dict(row)) for row in rows[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(rows) > page.limit else None)


@router.get("/serials/{serial_id}", responses=problems(NotFound))
async def get_serial(serial_id: UUID, actor: Reader, session: ReaderDep) -> SerialHistoryOut:
    """One serial and the last 200 places it was seen in."""
    return SerialHistoryOut.model_validate(await inventory.serials.get(session, serial_id))
