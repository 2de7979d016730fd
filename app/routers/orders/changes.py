"""Changes of placed orders, as their shoppers make them."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.contacts import InvalidContact
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.core.regions import UnknownRegion
from app.routers.cart.tenders import checkout_terms
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.identity import MemberDep
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.changes import ChangePreviewOut, OrderChangeIn, OrderChangeOut
from app.schemas.orders.charges import ChargeOut
from app.services import delivery, orders, payments

router = Router(prefix="/orders", tags=["orders"])

REFUSED = (
    NotFound,
    InvalidReference,
    InvalidContact,
    UnknownRegion,
    orders.IllegalTransition,
    orders.BeingPicked,
    orders.AlreadyShipped,
    orders.CannotReprice,
    orders.shipping.OrderNotPaid,
    orders.shipping.PiecesNotOpen,
    orders.changes.AddressNotServed,
    orders.changes.AlreadyInvoiced,
    orders.changes.NothingToChange,
    orders.changes.ChangesApart,
    delivery.DeliveryRefused,
    payments.RefundRefused,
    payments.RefundExceeds,
    payments.DisputeOpen,
)
"""Why a change is refused, and its preview."""
MADE = (
    *REFUSED,
    orders.GiftNotReturned,
    orders.UnitsInReturn,
    orders.changes.ChangeCosts,
    payments.AlreadyPaid,
    payments.NotAwaitingPayment,
    payments.reduce.PaymentUnderWay,
    payments.GatewayUnreachable,
    payments.UnknownChannel,
    delivery.SlotTaken,
    StaleVersion,
    PreconditionRequired,
)
"""Why a change is refused besides."""
PROPOSED = (
    *REFUSED,
    orders.changes.ChangeCostsNothing,
    orders.charges.ChargePending,
    StaleVersion,
    PreconditionRequired,
)
"""Why a change that costs more is not asked about."""


@router.post("/{order_id}/changes/preview", responses=problems(*REFUSED))
async def preview_change(
    order_id: UUID, body: OrderChangeIn, actor: MemberDep, session: ReaderDep, response: Response
) -> ChangePreviewOut:
    """What a change of your order would make of it, and what comes back; nothing happens.

    The `ETag` is the version of the order: the change has to name it.
    """
    found = await orders.changes.preview_change(session, order_id, body.wish(), actor=actor)
    put_etag(response, found.order_version)
    return preview_out(found)


@router.post(
    "/{order_id}/changes",
    status_code=HTTPStatus.CREATED,
    response_model=OrderChangeOut,
    responses=problems(*MADE),
)
async def change_order(
    order_id: UUID,
    body: OrderChangeIn,
    version: VersionDep,
    actor: MemberDep,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Change your order before a warehouse works on it: where it goes, its note, what is in it.

    Its invoice details change until an invoice was asked for. Pieces of a paid order that you take
    off come back as any refund; with the last of them the order is cancelled. Gifts no longer
    earned come along or are deducted, by `gift_choice`. What sending it costs less comes back;
    where it costs more the answer is `change-costs-more`: propose it.

    Where nothing is paid yet the order costs less from now on. A payment you have begun is stopped:
    begin another. One that has gone through pays the order as it was, and the answer is
    `stale-version`.
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

    async def work() -> tuple[int, OrderChangeOut]:
        made = await orders.changes.change_order(
            session,
            order_id,
            body.wish(),
            version=version,
            actor=actor,
            limits=resources.settings.shipping,
            terms=terms,
        )
        return HTTPStatus.CREATED, OrderChangeOut.model_validate(made)

    return await once(session, actor, work)


@router.post(
    "/{order_id}/changes/propose",
    status_code=HTTPStatus.CREATED,
    response_model=ChargeOut,
    responses=problems(*PROPOSED),
)
async def propose_change(
    order_id: UUID,
    body: OrderChangeIn,
    version: VersionDep,
    actor: MemberDep,
    session: SessionDep,
    once: OnceDep,
) -> Response:
    """Ask for a change that costs more: it is made once you have paid the charge of the answer.

    Your order does not leave meanwhile, and stays as it was if you do not pay in time.
    """

    async def work() -> tuple[int, ChargeOut]:
        made = await orders.changes.propose_change(
            session, order_id, body.wish(), version=version, actor=actor
        )
        return HTTPStatus.CREATED, ChargeOut.model_validate(made)

    return await once(session, actor, work)


@router.get("/{order_id}/changes", responses=problems(NotFound))
async def list_changes(
    order_id: UUID, page: PageDep, actor: MemberDep, session: ReaderDep
) -> Page[OrderChangeOut]:
    """What was changed of your order, by you and by the shop, newest first."""
    rows = await orders.changes.list_changes(
        session, order_id, actor=actor, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, OrderChangeOut)


def preview_out(found: orders.changes.ChangePreview) -> ChangePreviewOut:
    pieces = [{"line_id": line_id, "quantity": quantity} for line_id, quantity in found.pieces]
    charge = found.charge
    return ChangePreviewOut.model_validate(
        {
            "order_version": found.order_version,
            "before": found.before,
            "after": found.after,
            "pieces": pieces,
            "differences": [each._asdict() for each in found.differences],
            "refund": found.refund,
            "charge": charge
            and {
                "kind": charge.kind,
                "amount_minor": charge.amount_minor,
                "goods": [each._asdict() for each in charge.goods],
            },
        },
        from_attributes=True,
    )
