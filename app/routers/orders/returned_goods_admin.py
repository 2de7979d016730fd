"""What returns of goods come to, as staff decide: sent instead, repaired, or not after all."""

from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.routers.declared import Router
from app.routers.deps import ResourcesDep, SessionDep
from app.routers.etags import VersionDep
from app.routers.identity import get_staff
from app.routers.orders.return_answers import (
    ASKING_FEE,
    ASKING_MORE,
    CALLING_OFF,
    MENDING,
    REPLACING,
    staff_return,
)
from app.routers.problems import problems
from app.schemas.orders.after_sales import FeeIn, MendIn, NoteIn, ReplaceIn, StaffReturnOut
from app.services import orders
from app.services.payments import PaymentTerms

router = Router(prefix="/returns", tags=["returns"])

Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]
Warehouse = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_WRITE])]


@router.post("/{return_id}/replace", responses=problems(*REPLACING))
async def replace_goods(
    return_id: UUID,
    body: ReplaceIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> StaffReturnOut:
    """Promise what is sent for the pieces that were accepted; what that costs less goes back.

    An exchange at the same price is promised by itself once its goods were looked at. Where there
    is nothing to send, `/refund` gives the money back instead. One that costs more waits for its
    money (`exchange-unpaid`); `is_same` sends what came back once more instead.
    """
    row = await orders.after_sales.replace(
        session,
        return_id,
        version=version,
        actor=actor,
        terms=PaymentTerms.of(resources.settings),
        note=body.note,
        is_same=body.is_same,
    )
    return staff_return(response, row)


@router.post("/{return_id}/charge", responses=problems(*ASKING_MORE))
async def charge_difference(
    return_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> StaffReturnOut:
    """Ask the shopper once more for what an exchange costs more: it was not paid in time.

    Approving asks for it the first time. Paid, it is sent as any exchange is.
    """
    row = await orders.after_sales.charge_difference(
        session, return_id, version=version, actor=actor
    )
    return staff_return(response, row)


@router.post("/{return_id}/call-off", responses=problems(*CALLING_OFF))
async def call_off_replacement(
    return_id: UUID,
    body: NoteIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> StaffReturnOut:
    """Send nothing after all, as long as nothing of it is packed: money is due, or goods again."""
    row = await orders.after_sales.call_off(
        session, return_id, version=version, actor=actor, note=body.note
    )
    return staff_return(response, row)


@router.post("/{return_id}/fee", responses=problems(*ASKING_FEE))
async def ask_fee(
    return_id: UUID,
    body: FeeIn,
    version: VersionDep,
    actor: Warehouse,
    session: SessionDep,
    response: Response,
) -> StaffReturnOut:
    """Ask the shopper for what mending the goods costs, before they are mended.

    It is a charge of the order. Paid, mend them; declined or not paid in time they go back as they
    are by themselves. What is paid for a repair that comes to nothing goes back.
    """
    row = await orders.after_sales.ask_fee(
        session,
        return_id,
        body.amount_minor,
        version=version,
        actor=actor,
        note=body.note,
    )
    return staff_return(response, row)


@router.post("/{return_id}/mend", responses=problems(*MENDING))
async def mend_goods(
    return_id: UUID,
    body: MendIn,
    version: VersionDep,
    actor: Warehouse,
    session: SessionDep,
    response: Response,
) -> StaffReturnOut:
    """Say what came of a repair: the goods go back to the shopper, or cannot be repaired.

    What a fee was asked for is repaired when that is paid (`repair-unpaid`).

    Those are yours then, as damaged: `/refund` or `/replace` follows.
    """
    row = await orders.after_sales.mend(
        session,
        return_id,
        body.outcome,
        version=version,
        actor=actor,
        note=body.note,
        cause=body.cause,
    )
    return staff_return(response, row)
