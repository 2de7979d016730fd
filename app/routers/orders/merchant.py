"""Orders, as the systems of merchants see them: their own part of what is paid."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, WrongAudience
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_merchant
from app.routers.orders.answers import document
from app.routers.orders.filters import PartFilterDep
from app.routers.orders.refund_answers import merchant_refundable_out
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders import MerchantOrderOut
from app.schemas.orders.centre import TabCountsOut
from app.schemas.orders.refunds import MerchantRefundableOut, MerchantRefundIn
from app.schemas.payments.refunds import MerchantRefundOut
from app.services import orders, payments

router = Router(prefix="/orders", tags=["orders"])

OrdersWriter = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_WRITE])]
OrdersReader = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_READ])]


@router.get("", response_model=Page[MerchantOrderOut])
async def list_orders(
    page: PageDep, actor: OrdersReader, session: ReaderDep, wanted: PartFilterDep
) -> Response:
    """Paid orders you ship something of, newest first. Your own part says what they wait for."""
    return document(
        await orders.centre.list_merchant_orders(
            session, wanted, merchant_id=_merchant(actor), after=page.after, limit=page.limit
        )
    )


@router.get("/counts")
async def count_orders(
    actor: OrdersReader, session: ReaderDep, wanted: PartFilterDep
) -> TabCountsOut:
    """How many paid orders you ship something of wait for what: exact up to 1 000 each.

    Those completed and cancelled are exact however many there are, if nothing is filtered.
    """
    counts = await orders.centre.count_of_merchant(session, wanted, merchant_id=_merchant(actor))
    return TabCountsOut.of(counts)


@router.get("/{order_id}", response_model=MerchantOrderOut, responses=problems(NotFound))
async def get_order(order_id: UUID, actor: OrdersReader, session: ReaderDep) -> Response:
    """Your part of a paid order."""
    return document(
        await orders.get_merchant_order(session, order_id, merchant_id=_merchant(actor))
    )


@router.get("/{order_id}/refundable", responses=problems(NotFound))
async def get_refundable(
    order_id: UUID, actor: OrdersReader, session: ReaderDep
) -> MerchantRefundableOut:
    """What of your own lines can come back."""
    _merchant(actor)
    return merchant_refundable_out(await orders.refundable(session, order_id, actor=actor))


@router.post(
    "/{order_id}/refunds",
    status_code=HTTPStatus.CREATED,
    response_model=MerchantRefundOut,
    responses=problems(
        NotFound,
        InvalidReference,
        payments.RefundRefused,
        payments.RefundExceeds,
        payments.DisputeOpen,
        orders.GiftNotReturned,
        orders.UnitsInReturn,
        orders.CannotReprice,
    ),
)
async def ask_refund(
    order_id: UUID,
    body: MerchantRefundIn,
    actor: OrdersWriter,
    session: SessionDep,
    once: OnceDep,
) -> Response:
    """Ask the platform to give back units of your own lines; its staff decide."""
    _merchant(actor)

    async def work() -> tuple[int, MerchantRefundOut]:
        refund = await orders.request_refund(session, order_id, body.wish(), actor=actor)
        return HTTPStatus.CREATED, MerchantRefundOut.model_validate(refund)

    return await once(session, actor, work)


def _merchant(actor: Actor) -> UUID:
    if actor.merchant_id is None:
        raise WrongAudience("The caller is no merchant")
    return actor.merchant_id
