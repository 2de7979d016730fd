"""Transfers of companies that pay many orders of a group, as staff see to them."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.group_orders import GroupCancelIn, GroupTransferIn, GroupTransferOut
from app.services import orders

router = Router(prefix="/group-orders", tags=["group orders"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]
SETTLED = (NotFound, StaleVersion, PreconditionRequired, orders.group_orders.TransferSettled)


@router.post(
    "/{group_order_id}/transfers",
    status_code=HTTPStatus.CREATED,
    response_model=GroupTransferOut,
    responses=problems(NotFound, AlreadyExists, orders.group_orders.GroupPaidOtherwise),
)
async def record_group_transfer(
    group_order_id: UUID, body: GroupTransferIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Record what a company sent for all its orders of a group, or what was sent back of it.

    It counts once somebody else has confirmed it. One reference counts once, whatever the key.
    """

    async def work() -> tuple[int, GroupTransferOut]:
        command = orders.group_orders.RecordTransfer(**dict(body))
        row = await orders.group_orders.record_transfer(
            session, group_order_id, command, actor=actor
        )
        return HTTPStatus.CREATED, GroupTransferOut.model_validate(row)

    return await once(session, actor, work)


@router.get("/{group_order_id}/transfers", responses=problems(NotFound))
async def list_group_transfers(
    group_order_id: UUID, actor: Reader, page: PageDep, session: ReaderDep
) -> Page[GroupTransferOut]:
    """Transfers of a group, newest first; `recorded` ones wait for somebody."""
    rows = await orders.group_orders.list_transfers(
        session, group_order_id, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, GroupTransferOut)


@router.post(
    "/{group_order_id}/transfers/{transfer_id}/confirm",
    responses=problems(*SETTLED, SecondPersonNeeded, orders.group_orders.DepositExceeded),
)
async def confirm_group_transfer(
    group_order_id: UUID,
    transfer_id: UUID,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> GroupTransferOut:
    """The money is on the account, or has left it.

    What came in pays orders of the group within moments, the oldest row first, each whole; what is
    left is its deposit, for orders to come or more money to join it.
    """
    row = await orders.group_orders.confirm_transfer(
        session, group_order_id, transfer_id, version=version, actor=actor
    )
    return _answer(response, row)


@router.post("/{group_order_id}/transfers/{transfer_id}/reject", responses=problems(*SETTLED))
async def reject_group_transfer(
    group_order_id: UUID,
    transfer_id: UUID,
    body: GroupCancelIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> GroupTransferOut:
    """There is no such money, or it was recorded wrongly; its reference is free again."""
    row = await orders.group_orders.reject_transfer(
        session, group_order_id, transfer_id, version=version, reason=body.reason, actor=actor
    )
    return _answer(response, row)


def _answer(response: Response, row: Any) -> GroupTransferOut:
    put_etag(response, row.version)
    return GroupTransferOut.model_validate(row)
