"""Changes of placed orders, as staff make them with the shopper's consent."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, InsufficientScope, SecondPersonNeeded
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.cart.tenders import checkout_terms
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.orders.changes import MADE, PROPOSED, REFUSED, preview_out
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.changes import AdminOrderChangeIn, AdminOrderChangeOut, ChangePreviewOut
from app.schemas.orders.charges import AdminChargeOut
from app.services import orders, payments, pricing

router = Router(prefix="/orders", tags=["orders"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]

PRICED = (
    orders.changes.PriceNotAgreed,
    pricing.NotForSale,
    pricing.BelowFloor,
    InsufficientScope,
)
"""Why staff may not have that price."""


@router.post("/{order_id}/changes/preview", responses=problems(*REFUSED, *PRICED))
async def preview_change(
    order_id: UUID,
    body: AdminOrderChangeIn,
    actor: Reader,
    session: ReaderDep,
    resources: ResourcesDep,
    response: Response,
) -> ChangePreviewOut:
    """What a change would make of an order, and what comes back; nothing happens.

    The `ETag` is the version of the order: the change has to name it.
    """
    terms = payments.PaymentTerms.of(resources.settings)
    found = await orders.changes.preview_change(
        session, order_id, body.wish(), actor=actor, terms=terms
    )
    put_etag(response, found.order_version)
    return preview_out(found)


@router.post(
    "/{order_id}/changes",
    status_code=HTTPStatus.CREATED,
    response_model=AdminOrderChangeOut,
    responses=problems(*MADE, *PRICED),
)
async def change_order(
    order_id: UUID,
    body: AdminOrderChangeIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Change an order as its shopper agreed: until a parcel of it is packed, where it goes.

    Pieces are taken off until they are packed or have left, also while it is picked, and come back
    as any refund. A price or freight that you lower needs leave to give money back, and above the
    limit of one person the money waits for a second one. What costs more you propose. Who else
    looked at it meanwhile finds it changed (`stale-version`). An order that is not paid costs less
    without those pieces; a payment of it that is under way is stopped, or has paid the order as it
    was.
    """
    terms = await checkout_terms(resources)
    await orders.changes.stop_payment(
        resources.sessions,
        resources.gateways,
        order_id,
        body.wish(),
        version=version,
        actor=actor,
        terms=terms,
    )

    async def work() -> tuple[int, AdminOrderChangeOut]:
        made = await orders.changes.change_order(
            session,
            order_id,
            body.wish(),
            version=version,
            actor=actor,
            limits=resources.settings.shipping,
            terms=terms,
        )
        return HTTPStatus.CREATED, AdminOrderChangeOut.model_validate(made)

    return await once(session, actor, work)


@router.post(
    "/{order_id}/changes/propose",
    status_code=HTTPStatus.CREATED,
    response_model=AdminChargeOut,
    responses=problems(*PROPOSED, *PRICED, SecondPersonNeeded),
)
async def propose_change(
    order_id: UUID,
    body: AdminOrderChangeIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Propose a change that costs more: it is made once its shopper has paid the charge.

    Goods that are added keep the prices of the proposal, and are held from when they are paid for;
    they become an order of their own beside this one, which does not leave meanwhile. Above the
    limit of what you may ask for, somebody with the scope `payments:large` proposes it.
    """
    terms = payments.PaymentTerms.of(resources.settings)

    async def work() -> tuple[int, AdminChargeOut]:
        made = await orders.changes.propose_change(
            session, order_id, body.wish(), version=version, actor=actor, terms=terms
        )
        return HTTPStatus.CREATED, AdminChargeOut.model_validate(made)

    return await once(session, actor, work)


@router.get("/{order_id}/changes", responses=problems(NotFound))
async def list_changes(
    order_id: UUID, page: PageDep, actor: Reader, session: ReaderDep
) -> Page[AdminOrderChangeOut]:
    """What was changed of an order, newest first, and by whom."""
    rows = await orders.changes.list_changes(
        session, order_id, actor=actor, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, AdminOrderChangeOut)
