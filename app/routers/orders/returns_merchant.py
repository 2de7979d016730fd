"""Returns of their own goods, as merchants' systems decide about them."""

from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import VersionDep
from app.routers.identity import get_merchant
from app.routers.orders.return_answers import (
    APPROVING,
    CHANGING,
    DECIDING,
    INSPECTING,
    REFUNDING,
    ReturnFilterDep,
    merchant_return,
)
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.after_sales import (
    ApproveReturnIn,
    InspectionIn,
    MerchantReturnOut,
    NoteIn,
    ReceiveIn,
    RefundReturnIn,
)
from app.services import orders
from app.services.payments import PaymentTerms

router = Router(prefix="/returns", tags=["returns"])


Reader = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_WRITE])]


@router.get("")
async def list_returns(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    wanted: ReturnFilterDep,
) -> Page[MerchantReturnOut]:
    """Returns of your own goods, newest first."""
    rows = await orders.after_sales.list_returns(
        session, wanted, actor=actor, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, MerchantReturnOut)


@router.get("/{return_id}", responses=problems(NotFound))
async def get_return(
    return_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> MerchantReturnOut:
    """A return of your own goods."""
    row = await orders.after_sales.get_return(session, return_id, actor=actor)
    return merchant_return(response, row)


@router.post("/{return_id}/approve", responses=problems(*APPROVING))
async def approve_return(
    return_id: UUID,
    body: ApproveReturnIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> MerchantReturnOut:
    """Agree: goods are waited for or sent once more, or money is due."""
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
    return merchant_return(response, row)


@router.post("/{return_id}/reject", responses=problems(*DECIDING))
async def reject_return(
    return_id: UUID,
    body: NoteIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> MerchantReturnOut:
    """Refuse. The shopper may have the platform decide."""
    row = await orders.after_sales.reject(
        session, return_id, version=version, actor=actor, note=body.note
    )
    return merchant_return(response, row)


@router.post("/{return_id}/receive", responses=problems(*CHANGING))
async def receive_goods(
    return_id: UUID,
    body: ReceiveIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> MerchantReturnOut:
    """The parcel is there; a shopper who pays for sending back owes what it was paid for here."""
    row = await orders.after_sales.receive_goods(
        session,
        return_id,
        version=version,
        actor=actor,
        note=body.note,
        collect_minor=body.collect_minor,
    )
    return merchant_return(response, row)


@router.post("/{return_id}/inspect", responses=problems(*INSPECTING))
async def inspect_goods(
    return_id: UUID,
    body: InspectionIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> MerchantReturnOut:
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
    return merchant_return(response, row)


@router.post("/{return_id}/refund", responses=problems(*REFUNDING))
async def refund_return(
    return_id: UUID,
    body: RefundReturnIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> MerchantReturnOut:
    """Ask the platform to give back what was accepted: its staff decide, until then `refunding`."""
    row = await orders.after_sales.refund_return(
        session,
        return_id,
        version=version,
        actor=actor,
        terms=PaymentTerms.of(resources.settings),
        deducts_gifts=body.deducts_gifts,
        postage_minor=body.postage_minor,
    )
    return merchant_return(response, row)


@router.post(
    "/{return_id}/escalate",
    responses=problems(
        NotFound,
        orders.after_sales.IllegalReturnTransition,
        orders.after_sales.NothingRefused,
    ),
)
async def escalate_return(
    return_id: UUID, body: NoteIn, actor: Writer, session: SessionDep, response: Response
) -> MerchantReturnOut:
    """Have the platform decide instead of you."""
    row = await orders.after_sales.escalate(session, return_id, actor=actor, note=body.note)
    return merchant_return(response, row)
