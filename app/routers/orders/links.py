"""Paying by a link, without signing in."""

from fastapi import Depends, Response

from app.core.errors import NotFound
from app.routers.cart.tenders import checkout_terms
from app.routers.declared import Router
from app.routers.deps import ClientIpDep, ReaderDep, ResourcesDep
from app.routers.idempotency import OnceDep
from app.routers.identity import KeyringDep
from app.routers.limits import Limited
from app.routers.orders.paying import link_flow
from app.routers.problems import problems
from app.schemas.orders.entry import BillOut, LinkPaymentOut, OpenLinkIn, PayLinkIn
from app.services import orders, payments, system

router = Router(prefix="/payment-links", tags=["payment-links"])

TRIES = Depends(Limited("payment-link", 20))
"""Twenty a minute an address, whether the token is one or not."""
OVER = (
    NotFound,
    orders.entry.PaymentLinkExpired,
    orders.entry.PaymentLinkRevoked,
    payments.AlreadyPaid,
    payments.NotAwaitingPayment,
    system.TooManyRequests,
)


@router.post("/open", dependencies=[TRIES], responses=problems(*OVER))
async def open_payment_link(
    body: OpenLinkIn, keyring: KeyringDep, resources: ResourcesDep, session: ReaderDep
) -> BillOut:
    """What is to be paid for the order behind a link, and by which channels.

    The token is in the body, so that no log of addresses keeps it.
    """
    opened = await orders.entry.open_link(
        session, body.token, pepper=keyring.pepper, terms=await checkout_terms(resources)
    )
    return BillOut.model_validate(
        {**opened.row, "due_minor": opened.due_minor, "channels": opened.channels}
    )


@router.post(
    "/pay",
    dependencies=[TRIES],
    response_model=LinkPaymentOut,
    responses=problems(
        *OVER,
        payments.UnknownChannel,
        payments.SceneUnsupported,
        payments.PayerMissing,
        payments.instalments.InstalmentsNotOffered,
        payments.GatewayUnreachable,
    ),
)
async def pay_by_link(
    body: PayLinkIn, once: OnceDep, resources: ResourcesDep, client_ip: ClientIpDep
) -> Response:
    """Try to pay, through the channel chosen first unless you name another one.

    A payment under way is used again where it is to be paid the same way, whoever started it.
    """
    return await link_flow(resources, once, body, client_ip)
