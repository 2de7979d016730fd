"""Asking a gateway once more about one payment or refund, because its statement says otherwise."""

from uuid import UUID

from app.core.db import Sessions, unit_of_work
from app.core.enums.payments import ReviewKind
from app.core.errors import NotFound
from app.repositories.payments.attempts import AttemptRepository
from app.repositories.payments.refund_queue import RefundQueueRepository
from app.services.payments.attempts import apply
from app.services.payments.calls import Gateways, gateway_of, query
from app.services.payments.ports import GatewayState, PlanOwner
from app.services.payments.push import refund_notice
from app.services.payments.settle import flag, locked
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms


async def look_again(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    channel: str,
    number: str,
    *,
    is_refund: bool = False,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> str:
    """Ask about one of our numbers and apply the answer, as a late notice would be.

    A plan whose payment the gateway does not confirm goes to people for review. Raises `NotFound`
    for a number that is not ours, `UnknownChannel` and `GatewayUnreachable`.
    """
    async with unit_of_work(sessions) as session:
        if is_refund:
            key = await RefundQueueRepository(session).part_of(channel, number)
        else:
            key = await AttemptRepository(session).key_of(channel, number)
    if key is None:
        raise NotFound("The number is not ours")
    gateway = gateway_of(gateways, channel)
    if is_refund:
        return await refund_notice(sessions, gateway, owner, key, event_id=None, terms=terms)
    facts = await query(gateway, number, terms)
    settled = await apply(sessions, gateways, owner, key, facts, terms=terms)
    if facts.state is not GatewayState.SUCCEEDED:
        await _doubt(sessions, owner, key["order_id"], key["plan_id"])
    return settled.outcome


async def _doubt(sessions: Sessions, owner: PlanOwner, order_id: UUID, plan_id: UUID) -> None:
    async with unit_of_work(sessions) as session:
        await flag(
            session, await locked(session, owner, order_id, plan_id), ReviewKind.NOT_IN_STATEMENT
        )
