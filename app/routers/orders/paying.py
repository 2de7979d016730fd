"""Paying an order once more: by its member, or by whoever holds a link to it."""

from uuid import UUID

from fastapi import Response

from app.core.actor import Actor
from app.core.db import unit_of_work
from app.core.enums.payments import TenderKind
from app.routers.cart.tenders import checkout_terms
from app.routers.deps import Resources
from app.routers.idempotency import Once
from app.routers.orders.flows import NOTHING, REPLAYED
from app.schemas.orders import NewPaymentIn, PaymentPlanOut
from app.schemas.orders.entry import LinkPaymentOut, PayLinkIn
from app.services import orders, payments


async def payment_flow(
    resources: Resources,
    once: Once,
    actor: Actor,
    order_id: UUID,
    body: NewPaymentIn,
    client_ip: str | None,
    *,
    charge_id: UUID | None = None,
) -> Response:
    """A new attempt, of a charge where one is named; repeating it tells how the payment stands now.

    A new attempt takes transactions of its own and uses an open one again, so the answer is
    stored last: what was refused, or left undone by the gateway, is tried again.
    """
    terms = await checkout_terms(resources)
    paid_id = order_id
    async with unit_of_work(resources.sessions) as session:
        stored = await once.claim(session, actor)
        await orders.require_own(session, order_id, actor=actor)
        if charge_id is not None:
            charge = await orders.charges.get_charge(session, order_id, charge_id)
            paid_id = charge["added_order_id"] or charge_id
        plan = await payments.read_plan(session, paid_id)
    plan = await _tried(
        resources,
        once,
        plan,
        body,
        client_ip,
        terms,
        owner=orders.PLAN_OWNER if charge_id else orders.PAYMENT_OWNER,
        is_done=bool(stored),
    )
    return Response(
        PaymentPlanOut.model_validate(plan).model_dump_json(),
        headers=REPLAYED if stored else None,
        media_type="application/json",
    )


async def link_flow(
    resources: Resources, once: Once, body: PayLinkIn, client_ip: str | None
) -> Response:
    """An attempt of whoever holds a link; the order's own payment, as its member would pay it."""
    terms = await checkout_terms(resources)
    pepper = resources.settings.secrets.pepper
    async with unit_of_work(resources.sessions) as session:
        opened = await orders.entry.open_link(session, body.token, pepper=pepper, terms=terms)
        stored = await once.claim(session, opened.payer)
        plan = await payments.read_plan(session, opened.order_id)
    plan = await _tried(
        resources,
        once,
        plan,
        body,
        client_ip,
        terms,
        owner=orders.PAYMENT_OWNER,
        is_done=bool(stored),
    )
    return Response(
        LinkPaymentOut.model_validate(plan).model_dump_json(),
        headers=REPLAYED if stored else None,
        media_type="application/json",
    )


async def _tried(
    resources: Resources,
    once: Once,
    plan: payments.PlanView,
    body: NewPaymentIn,
    client_ip: str | None,
    terms: payments.PaymentTerms,
    *,
    owner: payments.PlanOwner,
    is_done: bool,
) -> payments.PlanView:
    """The plan with an attempt as the body asks for; as it is, where the request `is_done`."""
    if is_done:
        return plan
    plan = await payments.new_attempt(
        resources.sessions,
        resources.gateways,
        owner,
        plan.order_id,
        body.channel or _channel(plan),
        _pay_with(body, client_ip),
        terms=terms,
    )
    async with unit_of_work(resources.sessions) as session:
        await once.store(session, status=200, body=NOTHING)
    return plan


def _channel(plan: payments.PlanView) -> str:
    """The channel chosen first."""
    chosen = (each.channel for each in plan.tenders if each.kind is TenderKind.GATEWAY)
    channel = next(chosen, None)
    if channel is None:
        raise payments.NotAwaitingPayment("No gateway has a part in it", state=plan.state)
    return channel


def _pay_with(body: NewPaymentIn, client_ip: str | None) -> payments.PayWith | None:
    if body.scene is None:
        return None
    return payments.PayWith(
        scene=body.scene,
        payer_id=body.payer_id,
        client_ip=client_ip,
        instalments=body.instalments,
    )
