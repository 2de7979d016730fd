"""Links to pay orders by, as staff make them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.cart.tenders import checkout_terms
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep, SessionDep
from app.routers.identity import KeyringDep, get_staff
from app.routers.problems import problems
from app.schemas.orders.entry import NewLinkIn, NewLinkOut, PaymentLinkOut, PaymentLinksOut
from app.services import orders, payments

router = Router(prefix="/orders", tags=["order-entry"])

Clerk = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_ENTRY])]


@router.post(
    "/{order_id}/payment-links",
    status_code=HTTPStatus.CREATED,
    responses=problems(NotFound, payments.AlreadyPaid, payments.NotAwaitingPayment),
)
async def make_payment_link(
    order_id: UUID,
    body: NewLinkIn,
    actor: Clerk,
    keyring: KeyringDep,
    resources: ResourcesDep,
    session: SessionDep,
) -> NewLinkOut:
    """Make a link to pay an order by that waits for a gateway's money; the one there was is over.

    Whoever has it sees the goods and the amount and can pay it, without signing in.
    """
    made = await orders.entry.make_link(
        session,
        order_id,
        seconds=body.seconds or resources.settings.entry.link_seconds,
        actor=actor,
        pepper=keyring.pepper,
        terms=await checkout_terms(resources),
    )
    return NewLinkOut.model_validate(made)


@router.get("/{order_id}/payment-links")
async def list_payment_links(order_id: UUID, actor: Clerk, session: ReaderDep) -> PaymentLinksOut:
    """The links an order had, newest first."""
    found = await orders.entry.list_links(session, order_id)
    return PaymentLinksOut(items=[PaymentLinkOut.model_validate(each) for each in found])


@router.delete(
    "/{order_id}/payment-links", status_code=HTTPStatus.NO_CONTENT, responses=problems(NotFound)
)
async def revoke_payment_link(order_id: UUID, actor: Clerk, session: SessionDep) -> None:
    """Call the link of an order back. Again changes nothing."""
    await orders.entry.revoke_link(session, order_id, actor=actor)
