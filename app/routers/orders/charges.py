"""What a shop asks for besides: its shopper agrees by paying, or declines."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.db import unit_of_work
from app.core.errors import InvalidReference, NotFound
from app.routers.cart.tenders import checkout_terms, tender_requests
from app.routers.declared import Router
from app.routers.deps import ClientIpDep, PageDep, ReaderDep, ResourcesDep
from app.routers.idempotency import IdempotencyKeyMissing, OnceDep
from app.routers.identity import MemberDep
from app.routers.orders.flows import REPLAYED
from app.routers.orders.paying import payment_flow
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders import NewPaymentIn, PaymentPlanOut
from app.schemas.orders.charges import ChargeOut, PaidChargeOut, PayChargeIn
from app.services import inventory, ledger, orders, payments, pricing
from app.services.system import IdempotencyInProgress, IdempotencyKeyReused

router = Router(prefix="/orders", tags=["orders"])
ONCE = (IdempotencyKeyMissing, IdempotencyInProgress, IdempotencyKeyReused)
PAYABLE = (
    payments.UnknownChannel,
    payments.SceneUnsupported,
    payments.PayerMissing,
    payments.GatewayUnreachable,
)


@router.get("/{order_id}/charges", responses=problems(NotFound))
async def list_charges(
    order_id: UUID, page: PageDep, actor: MemberDep, session: ReaderDep
) -> Page[ChargeOut]:
    """What was asked for besides what your order cost, newest first."""
    await orders.require_own(session, order_id, actor=actor)
    rows = await orders.charges.list_charges(session, order_id, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, ChargeOut)


@router.post(
    "/{order_id}/charges/{charge_id}/pay",
    response_model=PaidChargeOut,
    responses=problems(
        *ONCE,
        *PAYABLE,
        NotFound,
        orders.charges.IllegalChargeTransition,
        payments.MethodRefused,
        payments.TenderMismatch,
        payments.DuplicateTender,
        payments.GiftCardUnusable,
        payments.GiftCardHeld,
        payments.CurrencyMismatch,
        payments.BalanceFrozen,
        payments.PointsMissing,
        ledger.InsufficientFunds,
        orders.PriceChanged,
        inventory.OutOfStock,
        inventory.StockMoved,
        pricing.NotForSale,
        InvalidReference,
    ),
)
async def pay_charge(
    order_id: UUID,
    charge_id: UUID,
    body: PayChargeIn,
    actor: MemberDep,
    once: OnceDep,
    resources: ResourcesDep,
    client_ip: ClientIpDep,
) -> Response:
    """Agree to what is asked for, by paying it within the time an order would have.

    What it is for is done once it is paid. Repeating the request tells how the payment stands.
    """
    terms = await checkout_terms(resources)
    tenders = tender_requests(body.tenders, client_ip)
    await payments.throttle_codes(resources.sessions, actor.id, tenders, terms=terms)
    async with unit_of_work(resources.sessions) as session:
        stored = await once.claim(session, actor)
        charge = await orders.charges.get_charge(session, order_id, charge_id, member_id=actor.id)
        if stored is None:
            charge, plan = await orders.charges.pay_charge(
                session,
                charge_id,
                tenders,
                actor=actor,
                limits=resources.settings.checkout,
                terms=terms,
            )
            await once.store(session, status=HTTPStatus.OK, body=b"{}")
        else:
            plan = await payments.read_plan(session, charge["added_order_id"] or charge_id)
        told = ChargeOut.model_validate(charge)
    plan = await payments.start_attempt(
        resources.sessions, resources.gateways, orders.PLAN_OWNER, plan, terms=terms
    )
    said = PaidChargeOut(**told.model_dump(), payment=PaymentPlanOut.model_validate(plan))
    return Response(
        said.model_dump_json(),
        headers=REPLAYED if stored else None,
        media_type="application/json",
    )


@router.post(
    "/{order_id}/charges/{charge_id}/payments",
    response_model=PaymentPlanOut,
    responses=problems(
        *ONCE,
        *PAYABLE,
        NotFound,
        payments.AlreadyPaid,
        payments.NotAwaitingPayment,
    ),
)
async def retry_charge(
    order_id: UUID,
    charge_id: UUID,
    body: NewPaymentIn,
    actor: MemberDep,
    once: OnceDep,
    resources: ResourcesDep,
    client_ip: ClientIpDep,
) -> Response:
    """Try again to pay what a gateway was to take, perhaps through another one."""
    return await payment_flow(
        resources, once, actor, order_id, body, client_ip, charge_id=charge_id
    )


@router.post(
    "/{order_id}/charges/{charge_id}/decline",
    responses=problems(NotFound, payments.AlreadyPaid),
)
async def decline_charge(
    order_id: UUID,
    charge_id: UUID,
    actor: MemberDep,
    resources: ResourcesDep,
) -> ChargeOut:
    """Say no: the order stays as it was. While a gateway may still take money it is `awaiting`."""
    row = await orders.charges.close_charge(
        resources.sessions,
        resources.gateways,
        charge_id,
        actor=actor,
        order_id=order_id,
        terms=payments.PaymentTerms.of(resources.settings),
    )
    return ChargeOut.model_validate(row)
