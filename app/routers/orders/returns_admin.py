"""Returns, as the platform's staff decide, receive and refund them."""

from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import VersionDep
from app.routers.identity import get_staff
from app.routers.orders.return_answers import (
    APPROVING,
    CHANGING,
    DECIDING,
    GIVING_POSTAGE,
    INSPECTING,
    REFUNDING,
    ReturnFilterDep,
    staff_return,
)
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.after_sales import (
    ApproveReturnIn,
    GivePostageIn,
    InspectionIn,
    NoteIn,
    ReceiveIn,
    RefundReturnIn,
    StaffReturnOut,
)
from app.services import orders
from app.services.payments import PaymentTerms

router = Router(prefix="/returns", tags=["returns"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]
Warehouse = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_WRITE])]
Cashier = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]


@router.get("")
async def list_returns(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    wanted: ReturnFilterDep,
) -> Page[StaffReturnOut]:
    """Returns, newest first."""
    rows = await orders.after_sales.list_returns(
        session, wanted, actor=actor, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, StaffReturnOut)


@router.get("/{return_id}", responses=problems(NotFound))
async def get_return(
    return_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> StaffReturnOut:
    """One return with what was done and by whom."""
    row = await orders.after_sales.get_return(session, return_id, actor=actor)
    return staff_return(response, row)


@router.post("/{return_id}/claim", responses=problems(NotFound, orders.after_sales.ReturnClaimed))
async def claim_return(
    return_id: UUID, actor: Writer, session: SessionDep, response: Response
) -> StaffReturnOut:
    """Take it up: nobody else decides about it meanwhile."""
    return staff_return(response, await orders.after_sales.claim(session, return_id, actor=actor))


@router.post("/{return_id}/release", responses=problems(NotFound))
async def release_return(
    return_id: UUID, actor: Writer, session: SessionDep, response: Response
) -> StaffReturnOut:
    """Leave it to others, whoever took it up."""
    return staff_return(response, await orders.after_sales.release(session, return_id, actor=actor))


@router.post("/{return_id}/approve", responses=problems(*APPROVING))
async def approve_return(
    return_id: UUID,
    body: ApproveReturnIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> StaffReturnOut:
    """Agree: goods are waited for or sent once more, or money is due.

    What was escalated is decided by it. What asks for goods may be settled for money.
    """
    row = await orders.after_sales.approve(
        session,
        return_id,
        version=version,
        actor=actor,
        limits=resources.settings.after_sales,
        note=body.note,
        for_money_instead=body.for_money_instead,
        is_at_once=body.is_at_once,
        postage_by=body.postage_by,
    )
    return staff_return(response, row)


@router.post("/{return_id}/reject", responses=problems(*DECIDING))
async def reject_return(
    return_id: UUID,
    body: NoteIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> StaffReturnOut:
    """Refuse. Of what was escalated that is the last word."""
    row = await orders.after_sales.reject(
        session, return_id, version=version, actor=actor, note=body.note
    )
    return staff_return(response, row)


@router.post("/{return_id}/receive", responses=problems(*CHANGING))
async def receive_goods(
    return_id: UUID,
    body: ReceiveIn,
    version: VersionDep,
    actor: Warehouse,
    session: SessionDep,
    response: Response,
) -> StaffReturnOut:
    """The parcel is there; a shopper who pays for sending back owes what it was paid for here."""
    row = await orders.after_sales.receive_goods(
        session,
        return_id,
        version=version,
        actor=actor,
        note=body.note,
        collect_minor=body.collect_minor,
    )
    return staff_return(response, row)


@router.post("/{return_id}/inspect", responses=problems(*INSPECTING))
async def inspect_goods(
    return_id: UUID,
    body: InspectionIn,
    version: VersionDep,
    actor: Warehouse,
    session: SessionDep,
    response: Response,
) -> StaffReturnOut:
    """Grade what came back: resellable pieces are for sale again, damaged ones lie beside them.

    What has no grade is not accepted; where nothing is, the return is rejected.
    """
    row = await orders.after_sales.inspect_goods(
        session,
        return_id,
        body.grades(),
        version=version,
        actor=actor,
        note=body.note,
        cause=body.cause,
        said=body.pieces(),
    )
    return staff_return(response, row)


@router.post("/{return_id}/refund", responses=problems(*REFUNDING))
async def refund_return(
    return_id: UUID,
    body: RefundReturnIn,
    version: VersionDep,
    actor: Cashier,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> StaffReturnOut:
    """Give back what was accepted, under the return's number.

    Above the limit for one person it is `refunding` until somebody else approves the refund.
    """
    row = await orders.after_sales.refund_return(
        session,
        return_id,
        version=version,
        actor=actor,
        terms=PaymentTerms.of(resources.settings),
        deducts_gifts=body.deducts_gifts,
        postage_minor=body.postage_minor,
    )
    return staff_return(response, row)


@router.post("/{return_id}/postage", responses=problems(*GIVING_POSTAGE))
async def give_postage(
    return_id: UUID,
    body: GivePostageIn,
    version: VersionDep,
    actor: Cashier,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> StaffReturnOut:
    """Give back what the shopper shows sending the goods cost, where no money goes back with it.

    It goes to the balance, as a refund of that alone. `/refund` gives it with the money.
    """
    row = await orders.after_sales.give_postage(
        session,
        return_id,
        version=version,
        actor=actor,
        terms=PaymentTerms.of(resources.settings),
        amount_minor=body.amount_minor,
    )
    return staff_return(response, row)


@router.post("/{return_id}/close", responses=problems(*CHANGING))
async def close_return(
    return_id: UUID,
    body: NoteIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> StaffReturnOut:
    """End it without money: nothing was sent, or the money went back another way."""
    row = await orders.after_sales.close(
        session, return_id, version=version, actor=actor, note=body.note
    )
    return staff_return(response, row)
