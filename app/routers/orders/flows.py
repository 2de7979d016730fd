"""Use cases of several transactions with one Idempotency-Key.

The first transaction claims the key, does the work and stores its answer; what follows it can be
repeated, so a repeated request takes it up again where it was left.
"""

from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import orjson
from fastapi import Response

from app.core.actor import Actor, Audience
from app.core.db import PoolTimeout, unit_of_work
from app.routers.cart.tenders import checkout_terms, tender_requests
from app.routers.deps import Resources
from app.routers.idempotency import Once
from app.routers.orders.admission import admitted
from app.routers.orders.answers import order_answer
from app.schemas.orders import NewOrderOut, PaymentPlanOut, PlaceOrderIn
from app.schemas.orders.entry import PlaceEntryIn
from app.services import cart, finance, inventory, orders, payments

REPLAYED = {"idempotency-replayed": "true"}
TRIES = 3
"""How often an order is placed anew when stock moved between warehouses under its hands."""
NOTHING = b"{}"


async def place_flow(
    resources: Resources,
    once: Once,
    actor: Actor,
    command: orders.PlaceOrder,
    *,
    flash_session_id: UUID | None = None,
) -> Response:
    """Place the order, then start the payment at the gateway."""
    terms = await checkout_terms(resources)
    await payments.throttle_codes(resources.sessions, actor.id, command.tenders, terms=terms)
    async with admitted(resources, flash_session_id, command.cart_id, actor):
        new, plan, is_replayed = await _placed(resources, once, command, actor, terms)
    # The order stands: a crowd at the pool is no reason to tell its buyer otherwise.
    with suppress(PoolTimeout):
        plan = await _started(resources, plan, terms)
    said = PaymentPlanOut.model_validate(plan).model_dump_json().encode()
    return Response(
        b"%b,%b:%b}" % (new[:-1], b'"payment"', said),
        201,
        headers=REPLAYED if is_replayed else None,
        media_type="application/json",
    )


async def entry_flow(
    resources: Resources, once: Once, actor: Actor, command: orders.PlaceOrder
) -> Response:
    """Place an order for the member whose cart staff have filled."""
    async with unit_of_work(resources.sessions) as session:
        at = await cart.at_desk(session, command.cart_id, actor, may_be_ordered=True)
    return await place_flow(resources, once, at, command)


async def _placed(
    resources: Resources,
    once: Once,
    command: orders.PlaceOrder,
    actor: Actor,
    terms: payments.PaymentTerms,
) -> tuple[bytes, payments.PlanView, bool]:
    """The order as JSON, its plan, and whether the request was carried out before.

    Warehouses are chosen before they are locked. Where one was emptied meanwhile and another has
    the goods, everything is done again on a fresh reading.
    """
    for _ in range(TRIES - 1):
        try:
            return await _place_once(resources, once, command, actor, terms)
        except inventory.StockMoved:
            continue
    return await _place_once(resources, once, command, actor, terms)


async def _place_once(
    resources: Resources,
    once: Once,
    command: orders.PlaceOrder,
    actor: Actor,
    terms: payments.PaymentTerms,
) -> tuple[bytes, payments.PlanView, bool]:
    async with unit_of_work(resources.sessions) as session:
        stored = await once.claim(session, actor)
        if stored is not None:
            order_id = UUID(orjson.loads(stored.body)["id"])
            return stored.body, await payments.read_plan(session, order_id), True
        invoice = await finance.invoice_said(session, actor.id, command.invoice)
        command = replace(command, invoice=invoice)
        placed = await orders.place_order(
            session, command, actor=actor, limits=resources.settings.checkout, terms=terms
        )
        new = NewOrderOut.model_validate(placed).model_dump_json().encode()
        await once.store(session, status=201, body=new)
    return new, placed.plan, False


async def cancel_flow(
    resources: Resources, once: Once, actor: Actor, order_id: UUID, reason: str | None
) -> Response:
    """Cancel the order, then close its payment at the gateway; answers the order as it is then."""
    terms = payments.PaymentTerms.of(resources.settings)
    plan_id: UUID | None = None
    async with unit_of_work(resources.sessions) as session:
        stored = await once.claim(session, actor)
        if stored is None:
            plan_id = await orders.begin_cancel(
                session, order_id, actor=actor, reason=reason or orders.BY_SHOPPER
            )
            await once.store(session, status=200, body=NOTHING)
    if plan_id is not None:
        await payments.finish_close(
            resources.sessions, resources.gateways, orders.PAYMENT_OWNER, plan_id, terms=terms
        )
    is_shopper = actor.audience is Audience.STOREFRONT
    response = await order_answer(resources, order_id, actor=actor if is_shopper else None)
    if stored is not None:
        response.headers.update(REPLAYED)
    return response


async def _started(
    resources: Resources, plan: payments.PlanView, terms: payments.PaymentTerms
) -> payments.PlanView:
    if not plan.due_minor:
        return plan
    return await payments.start_attempt(
        resources.sessions,
        resources.gateways,
        orders.PAYMENT_OWNER,
        plan,
        terms=terms,
    )


def place_command(body: PlaceOrderIn, client_ip: str | None) -> orders.PlaceOrder:
    """What a shopper orders."""
    return _command(body, body.cart_id, client_ip)


def entry_command(
    body: PlaceEntryIn, cart_id: UUID, waits: int, client_ip: str | None
) -> orders.PlaceOrder:
    """What staff order for a member; it waits for its money for `waits` seconds."""
    return replace(
        _command(body, cart_id, client_ip), pays_within_seconds=body.pays_within_seconds or waits
    )


def _command(
    body: PlaceOrderIn | PlaceEntryIn, cart_id: UUID, client_ip: str | None
) -> orders.PlaceOrder:
    return orders.PlaceOrder(
        cart_id=cart_id,
        quote_hash=body.quote_hash,
        address_id=body.address_id,
        address=body.address.model_dump() if body.address else None,
        delivery=body.delivery.wish(),
        invoice=body.invoice.model_dump() if body.invoice else None,
        note=body.note,
        marks=body.marks(),
        tenders=tender_requests(body.tenders, client_ip),
    )
