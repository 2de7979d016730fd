"""Returns, as shoppers ask for and follow them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.core.enums.after_sales import ReturnKind
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import MemberDep
from app.routers.orders.return_answers import ASKING, ReturnFilterDep
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.after_sales import (
    AskReturnIn,
    NoteIn,
    OutlayIn,
    ReturnableLineOut,
    ReturnableOut,
    ReturnOut,
    ReturnPreviewOut,
    ReturnReason,
    WaybillIn,
)
from app.services import orders
from app.services.payments import PaymentTerms

router = Router(tags=["returns"])

Reason = Annotated[
    ReturnReason | None, Query(description="Some goods come back only for what the shop answers.")
]


@router.get("/orders/{order_id}/returnable", responses=problems(NotFound))
async def get_returnable(
    order_id: UUID,
    actor: MemberDep,
    session: ReaderDep,
    resources: ResourcesDep,
    reason_code: Reason = None,
    kind: ReturnKind | None = None,
) -> ReturnableOut:
    """What of your order can be asked for after it has left, line by line, and why not.

    Without a `kind` it is money; goods are exchanged, repaired and sent again for other times.
    """
    found = await orders.after_sales.returnable(
        session,
        order_id,
        reason_code,
        actor=actor,
        kind=kind,
        limits=resources.settings.after_sales,
    )
    return ReturnableOut(order_id=order_id, lines=[ReturnableLineOut.of(each) for each in found])


@router.post("/orders/{order_id}/returns/preview", responses=problems(*ASKING))
async def preview_return(
    order_id: UUID,
    body: AskReturnIn,
    actor: MemberDep,
    session: ReaderDep,
    resources: ResourcesDep,
) -> ReturnPreviewOut:
    """What you would get back, per means of payment, or what an exchange costs; nothing happens."""
    found = await orders.after_sales.preview_return(
        session,
        body.command(order_id),
        actor=actor,
        terms=PaymentTerms.of(resources.settings),
        limits=resources.settings.after_sales,
    )
    return ReturnPreviewOut.of(found)


@router.post(
    "/orders/{order_id}/returns",
    status_code=HTTPStatus.CREATED,
    response_model=ReturnOut,
    responses=problems(*ASKING, orders.GiftNotReturned),
)
async def ask_return(
    order_id: UUID,
    body: AskReturnIn,
    actor: MemberDep,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Ask for money, for other goods, for a repair, or for what did not arrive as it should.

    Once it is approved send the goods, and say how: `…/send`. Until it is over the order is not
    completed.
    """

    async def work() -> tuple[int, ReturnOut]:
        row = await orders.after_sales.ask_return(
            session,
            body.command(order_id),
            actor=actor,
            terms=PaymentTerms.of(resources.settings),
            limits=resources.settings.after_sales,
        )
        return HTTPStatus.CREATED, ReturnOut.model_validate(row)

    return await once(session, actor, work)


@router.get("/returns")
async def list_returns(
    actor: MemberDep, page: PageDep, session: ReaderDep, wanted: ReturnFilterDep
) -> Page[ReturnOut]:
    """Your returns, newest first."""
    rows = await orders.after_sales.list_returns(
        session, wanted, actor=actor, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, ReturnOut)


@router.get("/returns/{return_id}", responses=problems(NotFound))
async def get_return(return_id: UUID, actor: MemberDep, session: ReaderDep) -> ReturnOut:
    """One of your returns with what became of it, oldest first."""
    row = await orders.after_sales.get_return(session, return_id, actor=actor)
    return ReturnOut.model_validate(row)


@router.post(
    "/returns/{return_id}/cancel",
    responses=problems(
        NotFound,
        orders.after_sales.IllegalReturnTransition,
        orders.after_sales.ReplacementLeft,
    ),
)
async def cancel_return(return_id: UUID, actor: MemberDep, session: SessionDep) -> ReturnOut:
    """Think better of it, before the goods are on their way. Again changes nothing.

    Of one that is contested that takes the contest back: what was accepted stays accepted.
    """
    row = await orders.after_sales.cancel(session, return_id, actor=actor)
    return ReturnOut.model_validate(row)


@router.post(
    "/returns/{return_id}/send",
    responses=problems(
        NotFound, orders.after_sales.IllegalReturnTransition, orders.shipping.UnknownCarrier
    ),
)
async def send_goods(
    return_id: UUID, body: WaybillIn, actor: MemberDep, session: SessionDep
) -> ReturnOut:
    """Say who brings the goods back, or correct it."""
    row = await orders.after_sales.send_goods(
        session, return_id, body.carrier_code, body.tracking_number, actor=actor
    )
    return ReturnOut.model_validate(row)


@router.post(
    "/returns/{return_id}/postage",
    responses=problems(NotFound, orders.after_sales.PostageNotDue),
)
async def declare_outlay(
    return_id: UUID, body: OutlayIn, actor: MemberDep, session: SessionDep
) -> ReturnOut:
    """Say what sending the goods cost you, where the shop pays for that; or correct it."""
    row = await orders.after_sales.declare_outlay(
        session, return_id, body.amount_minor, body.proof, actor=actor
    )
    return ReturnOut.model_validate(row)


@router.post(
    "/returns/{return_id}/escalate",
    responses=problems(
        NotFound,
        orders.after_sales.IllegalReturnTransition,
        orders.after_sales.NotReturnable,
        orders.after_sales.NothingRefused,
    ),
)
async def escalate_return(
    return_id: UUID,
    body: NoteIn,
    actor: MemberDep,
    session: SessionDep,
    resources: ResourcesDep,
) -> ReturnOut:
    """Have the platform decide: you got no answer, or one you do not accept, of all or of some."""
    row = await orders.after_sales.escalate(
        session,
        return_id,
        actor=actor,
        note=body.note,
        limits=resources.settings.after_sales,
    )
    return ReturnOut.model_validate(row)
