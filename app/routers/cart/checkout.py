"""What a cart would cost at checkout, and how it would be paid."""

from uuid import UUID

from fastapi import Response

from app.core.contacts import InvalidContact
from app.core.errors import InvalidReference, NotFound
from app.core.json import dump_bytes
from app.routers.cart.tenders import checkout_terms, tender_requests
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep
from app.routers.identity import MemberDep
from app.routers.problems import problems
from app.schemas.cart.quotes import CartQuoteOut, QuoteCartIn
from app.services import cart, orders, payments, pricing, promotions

router = Router(prefix="/carts", tags=["carts"])


@router.post(
    "/{cart_id}/quote",
    response_model=CartQuoteOut,
    responses=problems(
        NotFound,
        InvalidReference,
        InvalidContact,
        cart.EmptyCart,
        cart.AmountTooLarge,
        pricing.NotForSale,
        pricing.ExchangeUnavailable,
        pricing.BargainUnavailable,
        promotions.TooManyCoupons,
        payments.BalanceFrozen,
        payments.DuplicateTender,
        payments.CurrencyMismatch,
        payments.UnknownChannel,
        payments.SceneUnsupported,
        payments.PayerMissing,
        payments.MethodRefused,
    ),
)
async def quote_cart(
    cart_id: UUID,
    body: QuoteCartIn,
    actor: MemberDep,
    resources: ResourcesDep,
    session: ReaderDep,
) -> Response:
    """What the selected lines cost delivered there, why, and how the tenders would pay it.

    Nothing is reserved. `quote_hash` is what an order names as agreed to. Without tenders a
    promotion for a way of paying is rejected as `PAYMENT_KIND`, saying which kinds it wants.
    """
    requests = tender_requests(body.tenders)
    terms = await checkout_terms(resources)
    await payments.throttle_codes(resources.sessions, actor.id, requests, terms=terms)
    snapshot = await cart.snapshot(session, cart_id, actor)
    quoted = await cart.quote_snapshot(
        session,
        snapshot,
        delivery=body.delivery.model_dump(),
        payment_kinds=[each.kind for each in requests],
        point_value_minor=terms.point_value_minor,
    )
    address = body.address.model_dump() if body.address else None
    await orders.delivery_address(session, body.address_id, address, actor=actor)
    preview = await payments.preview(
        session,
        member_id=actor.id,
        currency=snapshot.channel.currency,
        payable_minor=quoted.quote.totals.payable_minor,
        requests=requests,
        exchange_points=quoted.exchange_points,
        sale=payments.Sale(
            currency=snapshot.channel.currency,
            channel_id=snapshot.channel.id,
            merchant_ids=quoted.merchant_ids,
        ),
        terms=terms,
    )
    answer = {
        "cart_id": str(snapshot.id),
        "cart_version": snapshot.version,
        "is_group_buy": snapshot.is_group_buy,
        "quote_hash": str(quoted.agreement),
        "quote": quoted.document(),
        "unknown_codes": list(quoted.unknown_codes),
        "exchange_points": quoted.exchange_points,
        "exchanges": [each._asdict() for each in quoted.exchanges],
        "payment": preview,
    }
    return Response(dump_bytes(answer), media_type="application/json")
