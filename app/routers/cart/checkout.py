"""What a cart would cost at checkout, and how it would be paid."""

from uuid import UUID

from fastapi import Response

from app.core.actor import Actor
from app.core.contacts import InvalidContact
from app.core.errors import InvalidReference, NotFound
from app.core.json import dump_bytes
from app.core.regions import UnknownRegion
from app.routers.cart.tenders import checkout_terms, tender_requests
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep
from app.routers.identity import MemberDep
from app.routers.problems import problems
from app.schemas.cart.quotes import CartQuoteOut, QuoteCartIn
from app.schemas.payments.instalments import InstalmentOfferOut
from app.schemas.payments.method_rules import (
    MethodReasonOut,
    PaymentMethodOut,
    PaymentMethodsOut,
    PointsLimitOut,
)
from app.services import cart, orders, payments, pricing, promotions

router = Router(prefix="/carts", tags=["carts"])


@router.post(
    "/{cart_id}/quote",
    response_model=CartQuoteOut,
    responses=problems(
        NotFound,
        InvalidReference,
        InvalidContact,
        UnknownRegion,
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
        payments.instalments.InstalmentsNotOffered,
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
    `delivery` says which methods there are and what each costs; one that cannot be had says why,
    adds no fee, and no order can be placed with it.
    """
    return await quote_answer(session, resources, cart_id, body, actor)


@router.post(
    "/{cart_id}/payment-methods",
    responses=problems(
        NotFound,
        InvalidReference,
        InvalidContact,
        UnknownRegion,
        cart.EmptyCart,
        cart.AmountTooLarge,
        pricing.NotForSale,
        pricing.ExchangeUnavailable,
        pricing.BargainUnavailable,
        promotions.TooManyCoupons,
    ),
)
async def list_payment_methods(
    cart_id: UUID,
    body: QuoteCartIn,
    actor: MemberDep,
    resources: ResourcesDep,
    session: ReaderDep,
) -> PaymentMethodsOut:
    """Every way to pay for what the cart would cost delivered there, or why it is refused.

    Tenders only matter as they do to the price: a promotion may be for a way of paying.
    """
    terms = await checkout_terms(resources)
    wish = body.delivery.wish()
    snapshot = await cart.snapshot(session, cart_id, actor, address_id=body.address_id, wish=wish)
    given = body.address.model_dump() if body.address else None
    address = orders.chosen_address(body.address_id, given, snapshot.address)
    quoted = await cart.quote_snapshot(
        session,
        snapshot,
        delivery=wish,
        address=address,
        payment_kinds=[each.kind for each in tender_requests(body.tenders)],
        point_value_minor=terms.point_value_minor,
    )
    found = payments.list_methods(
        orders.sale_of(snapshot, quoted, address, wish),
        quoted.quote.totals.payable_minor,
        terms=terms,
    )
    return PaymentMethodsOut(
        items=[
            PaymentMethodOut(
                method=each.method,
                is_allowed=each.is_allowed,
                reasons=[MethodReasonOut.of(why) for why in each.reasons],
                channels=list(each.channels),
                instalments=[InstalmentOfferOut.of(offer) for offer in each.instalments],
                points_limit=PointsLimitOut.model_validate(each.points_limit)
                if each.points_limit
                else None,
            )
            for each in found
        ]
    )


async def quote_answer(
    session: ReaderDep, resources: ResourcesDep, cart_id: UUID, body: QuoteCartIn, actor: Actor
) -> Response:
    """The quote of a cart for whoever may see to it."""
    requests = tender_requests(body.tenders)
    terms = await checkout_terms(resources)
    await payments.throttle_codes(resources.sessions, actor.id, requests, terms=terms)
    wish = body.delivery.wish()
    snapshot = await cart.snapshot(session, cart_id, actor, address_id=body.address_id, wish=wish)
    given = body.address.model_dump() if body.address else None
    address = orders.chosen_address(body.address_id, given, snapshot.address)
    quoted = await cart.quote_snapshot(
        session,
        snapshot,
        delivery=wish,
        address=address,
        payment_kinds=[each.kind for each in requests],
        point_value_minor=terms.point_value_minor,
    )
    preview = await payments.preview(
        session,
        member_id=actor.shopper_id,
        currency=snapshot.channel.currency,
        payable_minor=quoted.quote.totals.payable_minor,
        requests=requests,
        exchange_points=quoted.exchange_points,
        sale=orders.sale_of(snapshot, quoted, address, wish),
        terms=terms,
    )
    parcels, quoted = await cart.preview_delivery(session, snapshot, quoted)
    answer = {
        "cart_id": str(snapshot.id),
        "cart_version": snapshot.version,
        "is_group_buy": snapshot.is_group_buy,
        "quote_hash": str(quoted.agreement),
        "quote": quoted.document(),
        "unknown_codes": list(quoted.unknown_codes),
        "exchange_points": quoted.exchange_points,
        "exchanges": [each._asdict() for each in quoted.exchanges],
        "delivery": parcels,
        "payment": preview,
    }
    return Response(dump_bytes(answer), media_type="application/json")
