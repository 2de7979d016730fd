"""Goods on their way between warehouses, as staff move them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.enums.inventory import TransferState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.serials import ScannedOut
from app.schemas.transfers import (
    CloseTransferIn,
    PackTransferIn,
    ReceiveTransferIn,
    ShipTransferIn,
    TransferIn,
    TransferOut,
)
from app.services import inventory, system

router = Router(prefix="/stock/transfers", tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]
REPEATED = (system.IdempotencyInProgress, system.IdempotencyKeyReused)
MOVING = (NotFound, StaleVersion, PreconditionRequired, inventory.IllegalStockTransition)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=TransferOut,
    responses=problems(*REPEATED, inventory.UnknownStock),
)
async def request_transfer(
    body: TransferIn, actor: Writer, once: OnceDep, session: SessionDep
) -> Response:
    """Ask that goods go to another warehouse. Nothing moves until they are sent."""

    async def work() -> tuple[int, TransferOut]:
        view = await inventory.transfers.request(session, body.command(), actor=actor)
        return HTTPStatus.CREATED, TransferOut.of(view)

    return await once(session, actor, work)


@router.get("")
async def list_transfers(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    from_warehouse_id: UUID | None = None,
    to_warehouse_id: UUID | None = None,
    state: TransferState | None = None,
) -> Page[TransferOut]:
    """Transfers, newest first."""
    views = await inventory.transfers.page(
        session,
        from_warehouse_id=from_warehouse_id,
        to_warehouse_id=to_warehouse_id,
        state=state,
        after=page.after,
        limit=page.limit + 1,
    )
    items = [TransferOut.of(view) for view in views[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(views) > page.limit else None)


@router.get("/{transfer_id}", responses=problems(NotFound))
async def get_transfer(
    transfer_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> TransferOut:
    """One transfer."""
    return _out(await inventory.transfers.get(session, transfer_id), response)


@router.post(
    "/{transfer_id}/pack",
    response_model=ScannedOut,
    responses=problems(
        *REPEATED,
        NotFound,
        inventory.IllegalStockTransition,
        inventory.UnknownStock,
        inventory.NotTracked,
        inventory.SerialsNotThere,
    ),
)
async def scan_serials_for_transfer(
    transfer_id: UUID, body: PackTransferIn, actor: Writer, once: OnceDep, session: SessionDep
) -> Response:
    """Say which pieces go with a transfer, before it is sent; they are in transit with it."""

    async def work() -> tuple[int, ScannedOut]:
        await inventory.transfers.pack(session, transfer_id, body.sku_id, body.serials, actor=actor)
        return HTTPStatus.OK, ScannedOut(serials=body.serials)

    return await once(session, actor, work)


@router.post(
    "/{transfer_id}/ship",
    responses=problems(
        *MOVING,
        inventory.UnknownStock,
        inventory.BelowReserved,
        inventory.BatchShort,
        inventory.SerialsMissing,
    ),
)
async def ship_transfer(
    transfer_id: UUID,
    body: ShipTransferIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> TransferOut:
    """Send the goods: they leave their warehouse and are in transit. What is promised stays."""
    view = await inventory.transfers.ship(
        session, transfer_id, body.pieces(), version=version, actor=actor
    )
    return _out(view, response)


@router.post(
    "/{transfer_id}/receive",
    response_model=TransferOut,
    responses=problems(
        *REPEATED,
        NotFound,
        inventory.IllegalStockTransition,
        inventory.UnknownStock,
        inventory.SerialsMissing,
        inventory.SerialsNotThere,
    ),
)
async def receive_transfer(
    transfer_id: UUID, body: ReceiveTransferIn, actor: Writer, once: OnceDep, session: SessionDep
) -> Response:
    """Take in what arrived, part by part; with the last piece of all the transfer is closed."""

    async def work() -> tuple[int, TransferOut]:
        view = await inventory.transfers.receive(session, transfer_id, body.came(), actor=actor)
        return HTTPStatus.OK, TransferOut.of(view)

    return await once(session, actor, work)


@router.post(
    "/{transfer_id}/close",
    responses=problems(*MOVING, SecondPersonNeeded, inventory.DifferenceUnexplained),
)
async def close_transfer(
    transfer_id: UUID,
    body: CloseTransferIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> TransferOut:
    """Write off what has not come and take what is over on stock.

    As somebody who neither sent nor received any of it.
    """
    view = await inventory.transfers.close(
        session, transfer_id, version=version, reason=body.reason, actor=actor
    )
    return _out(view, response)


@router.post("/{transfer_id}/cancel", responses=problems(*MOVING))
async def cancel_transfer(
    transfer_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> TransferOut:
    """Give up a request whose goods were not sent."""
    view = await inventory.transfers.cancel(session, transfer_id, version=version, actor=actor)
    return _out(view, response)


def _out(view: inventory.transfers.TransferView, response: Response) -> TransferOut:
    put_etag(response, view.row.version)
    return TransferOut.of(view)
