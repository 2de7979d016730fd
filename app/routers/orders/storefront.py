"""Orders, as the shopper sees them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.core.contacts import InvalidContact
from app.core.enums.order_lists import OrderTab
from app.core.errors import InvalidReference, NotFound
from app.core.regions import UnknownRegion
from app.routers.cart.tenders import checkout_terms
from app.routers.declared import Router
from app.routers.deps import ClientIpDep, PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import MemberDep
from app.routers.orders.answers import document
from app.routers.orders.flows import cancel_flow, place_command, place_flow
from app.routers.orders.paying import payment_flow
from app.routers.orders.refund_answers import refundable_out
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders import (
    CancelIn,
    NewPaymentIn,
    OrderCardOut,
    OrderOut,
    PaymentPlanOut,
    PlacedOrderOut,
    PlaceOrderIn,
)
from app.schemas.orders.centre import TabCountsOut
from app.schemas.orders.refunds import AskRefundIn, ShopperRefundableOut
from app.schemas.payments.instalments import InstalmentOfferOut, InstalmentOffersOut
from app.schemas.payments.refunds import RefundOut
from app.services import (
    cart,
    delivery,
    finance,
    inventory,
    ledger,
    orders,
    payments,
    pricing,
    promotions,
)

router = Router(prefix="/orders", tags=["orders"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=PlacedOrderOut,
    responses=problems(
        NotFound,
        InvalidReference,
        InvalidContact,
        UnknownRegion,
        cart.EmptyCart,
        cart.AmountTooLarge,
        pricing.NotForSale,
        pricing.QuotaExhausted,
        pricing.FlashClosed,
        pricing.FlashSoldOut,
        pricing.FlashHeld,
        pricing.PurchaseLimitReached,
        pricing.ExchangeUnavailable,
        pricing.BargainUnavailable,
        promotions.TooManyCoupons,
        promotions.Exhausted,
        promotions.CouponTaken,
        inventory.OutOfStock,
        inventory.StockMoved,
        delivery.DeliveryRefused,
        delivery.SlotTaken,
        orders.PriceChanged,
        orders.CartAlreadyOrdered,
        orders.TooManyUnpaidOrders,
        finance.SpecialIncomplete,
        orders.FlashBusy,
        payments.PointsMissing,
        payments.TenderMismatch,
        payments.BalanceFrozen,
        payments.DuplicateTender,
        payments.CurrencyMismatch,
        payments.UnknownChannel,
        payments.SceneUnsupported,
        payments.PayerMissing,
        payments.MethodRefused,
        payments.instalments.InstalmentsNotOffered,
        ledger.InsufficientFunds,
    ),
)
async def place_order(
    body: PlaceOrderIn,
    actor: MemberDep,
    once: OnceDep,
    resources: ResourcesDep,
    client_ip: ClientIpDep,
) -> Response:
    """Order the selected lines of a cart at the price of the quote you agreed to.

    The answer is an order or a problem, never half of one. Where money is still due,
    `payment.attempt.action` says how to pay it, in the shape its `kind` names; when the gateway
    does not answer in time it is null: send the request again, or ask for a new payment.
    """
    return await place_flow(
        resources,
        once,
        actor,
        place_command(body, client_ip),
        flash_session_id=body.flash_session_id,
    )


@router.get("", response_model=Page[OrderCardOut])
async def list_orders(
    page: PageDep,
    actor: MemberDep,
    session: ReaderDep,
    tab: Annotated[OrderTab | None, Query(description="What they wait for.")] = None,
    q: Annotated[
        str | None,
        Query(
            min_length=1, max_length=100, description="A number, or part of the name of a product."
        ),
    ] = None,
) -> Response:
    """Your orders, newest first."""
    return document(
        await orders.centre.list_orders(
            session, actor=actor, after=page.after, limit=page.limit, tab=tab, looked_for=q
        )
    )


@router.get("/counts")
async def count_orders(actor: MemberDep, session: ReaderDep) -> TabCountsOut:
    """How many of your orders wait for what."""
    return TabCountsOut.of(await orders.centre.count_own(session, actor=actor))


@router.get("/{order_id}", response_model=OrderOut, responses=problems(NotFound))
async def get_order(order_id: UUID, actor: MemberDep, session: ReaderDep) -> Response:
    """One of your orders with everything that hangs on it."""
    return document(await orders.get_order(session, order_id, actor=actor))


@router.get("/{order_id}/refundable", responses=problems(NotFound))
async def get_refundable(
    order_id: UUID, actor: MemberDep, session: ReaderDep
) -> ShopperRefundableOut:
    """What of your order can come back, per unit and per tender, and what would follow."""
    return refundable_out(await orders.refundable(session, order_id, actor=actor))


@router.post(
    "/{order_id}/refunds",
    status_code=HTTPStatus.CREATED,
    response_model=RefundOut,
    responses=problems(
        NotFound,
        orders.BeingPicked,
        orders.AlreadyShipped,
        orders.IllegalTransition,
        orders.UnitsInReturn,
        payments.RefundRefused,
        payments.RefundExceeds,
        payments.DisputeOpen,
    ),
)
async def ask_refund(
    order_id: UUID, body: AskRefundIn, actor: MemberDep, session: SessionDep, once: OnceDep
) -> Response:
    """Ask for everything back of a paid order of which nothing has left: it is cancelled.

    Gift cards, points and balance return at once, the rest once the gateway has given it back.
    """

    async def work() -> tuple[int, RefundOut]:
        refund = await orders.ask_refund(
            session, order_id, reason_code=body.reason_code, reason=body.reason, actor=actor
        )
        return HTTPStatus.CREATED, RefundOut.model_validate(refund)

    return await once(session, actor, work)


@router.post(
    "/{order_id}/stop-waiting",
    status_code=HTTPStatus.CREATED,
    response_model=RefundOut,
    responses=problems(
        NotFound,
        orders.routing.StillBound,
        orders.UnitsInReturn,
        orders.CannotReprice,
        payments.RefundRefused,
        payments.RefundExceeds,
        payments.DisputeOpen,
    ),
)
async def stop_waiting(
    order_id: UUID,
    actor: MemberDep,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Have the money back for goods that did not come by the last day (`waits.last_at`).

    The rest of the order stays; gifts stay, too. Where nothing else is to come it is cancelled.
    """

    async def work() -> tuple[int, RefundOut]:
        limits = resources.settings.waiting
        refund = await orders.routing.stop_waiting(session, order_id, actor=actor, limits=limits)
        return HTTPStatus.CREATED, RefundOut.model_validate(refund)

    return await once(session, actor, work)


@router.post(
    "/{order_id}/payments",
    response_model=PaymentPlanOut,
    responses=problems(
        NotFound,
        payments.AlreadyPaid,
        payments.NotAwaitingPayment,
        payments.UnknownChannel,
        payments.SceneUnsupported,
        payments.PayerMissing,
        payments.instalments.InstalmentsNotOffered,
        payments.GatewayUnreachable,
    ),
)
async def new_payment(
    order_id: UUID,
    body: NewPaymentIn,
    actor: MemberDep,
    once: OnceDep,
    resources: ResourcesDep,
    client_ip: ClientIpDep,
) -> Response:
    """Try to pay again, through another channel or in another scene if you like.

    A payment under way is used again where it is to be paid the same way; otherwise it is closed
    first, so that nothing is paid twice.
    """
    return await payment_flow(resources, once, actor, order_id, body, client_ip)


@router.get(
    "/{order_id}/instalments",
    responses=problems(NotFound, payments.NotAwaitingPayment),
)
async def list_instalments(
    order_id: UUID, actor: MemberDep, session: ReaderDep, resources: ResourcesDep
) -> InstalmentOffersOut:
    """The instalments in which a gateway may be paid what your order still owes it."""
    terms = await checkout_terms(resources)
    await orders.require_own(session, order_id, actor=actor)
    due, found = await payments.instalments.offers_of_order(session, order_id, terms=terms)
    return InstalmentOffersOut(
        amount_minor=due, items=[InstalmentOfferOut.of(each) for each in found]
    )


@router.post(
    "/{order_id}/cancel",
    response_model=OrderOut,
    responses=problems(
        NotFound,
        orders.BeingPicked,
        orders.AlreadyShipped,
        orders.IllegalTransition,
        payments.RefundRefused,
        payments.DisputeOpen,
    ),
)
async def cancel_order(
    order_id: UUID, body: CancelIn, actor: MemberDep, once: OnceDep, resources: ResourcesDep
) -> Response:
    """Cancel an order that has not been shipped; a paid one is refunded in full.

    While the gateway may still take money the order is `cancelling`. Cancelling again changes
    nothing and answers the same.
    """
    return await cancel_flow(resources, once, actor, order_id, body.reason)


@router.post(
    "/{order_id}/confirm-receipt",
    response_model=OrderOut,
    responses=problems(NotFound, orders.shipping.NotUnderWay, orders.shipping.StillUnderWay),
)
async def confirm_receipt(
    order_id: UUID, actor: MemberDep, session: SessionDep, resources: ResourcesDep
) -> Response:
    """Say that everything arrived. What left counts as received by itself some time later.

    The time to return goods runs from then on. Confirming again changes nothing.
    """
    limits = resources.settings.shipping
    await orders.shipping.confirm_receipt(session, order_id, actor=actor, limits=limits)
    return document(await orders.get_order(session, order_id, actor=actor))
