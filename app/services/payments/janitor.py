"""The janitor: asks about everything that has been silent for too long."""

import logging
from dataclasses import dataclass
from uuid import UUID

from app.core.db import Sessions, unit_of_work
from app.core.enums.payments import PlanState, ReviewKind
from app.core.errors import DomainError
from app.repositories.payments.attempts import AttemptRepository
from app.repositories.payments.plans import PlanRepository
from app.services.payments.attempts import apply, start_attempt
from app.services.payments.calls import Gateways, gateway_of, query
from app.services.payments.close import finish_close
from app.services.payments.errors import UnknownChannel
from app.services.payments.notices import retry_notices
from app.services.payments.ports import GatewayState, PlanOwner
from app.services.payments.push import push_refunds
from app.services.payments.read import plan_by_id
from app.services.payments.settle import flag, locked
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms
from app.services.payments.views import view

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """How much was looked at."""

    notices: int
    attempts: int
    closings: int
    refunds: int


async def janitor(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    *,
    limit: int,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> Swept:
    """One round over waiting notices, open attempts, closing plans and pending refunds.

    Each thing is claimed for a while that doubles with every try, so several janitors share the
    work. Silence never changes a state; after `review_after_seconds` people are told.
    """
    notices = await retry_notices(sessions, gateways, owner, limit=limit, terms=terms)
    async with unit_of_work(sessions) as session:
        attempts = await AttemptRepository(session).due(
            query_after_seconds=terms.query_after_seconds, limit=limit
        )
        closings = await PlanRepository(session).stuck_closing(
            age_seconds=terms.query_after_seconds, limit=limit
        )
    for attempt_id in attempts:
        try:
            await _look_at(sessions, gateways, owner, attempt_id, terms)
        except UnknownChannel:
            await _give_up(sessions, owner, attempt_id, ReviewKind.CHANNEL_GONE)
        except DomainError as error:
            log.warning("attempt %s: %s", attempt_id, error)
    for plan_id in closings:
        try:
            await finish_close(sessions, gateways, owner, plan_id, terms=terms)
        except DomainError as error:
            log.warning("plan %s: %s", plan_id, error)
    refunds = await push_refunds(sessions, gateways, owner, limit=limit, terms=terms)
    return Swept(notices, len(attempts), len(closings), refunds.asked)


async def _look_at(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    attempt_id: UUID,
    terms: PaymentTerms,
) -> None:
    async with unit_of_work(sessions) as session:
        key = await AttemptRepository(session).key(
            attempt_id, review_after_seconds=terms.review_after_seconds
        )
    if key is None:
        return
    if key["plan_state"] == PlanState.CLOSING:
        await finish_close(sessions, gateways, owner, key["plan_id"], terms=terms)
    else:
        gateway = gateway_of(gateways, key["channel"])
        facts = await query(gateway, key["out_trade_no"], terms)
        if facts.state is not GatewayState.NOT_FOUND:
            await apply(sessions, gateways, owner, key, facts, terms=terms)
        elif not key["has_expired"]:
            async with unit_of_work(sessions) as session:
                plan = view(await plan_by_id(session, key["plan_id"]))
            await start_attempt(sessions, gateways, owner, plan, terms=terms)
    if key["is_old"]:
        await _give_up(sessions, owner, attempt_id, ReviewKind.UNANSWERED)


async def _give_up(
    sessions: Sessions, owner: PlanOwner, attempt_id: UUID, kind: ReviewKind
) -> None:
    async with unit_of_work(sessions) as session:
        key = await AttemptRepository(session).key(attempt_id)
        if key is None:
            return
        plan = await locked(session, owner, key["order_id"], key["plan_id"])
        if plan.open_attempt is not None and plan.open_attempt.id == attempt_id:
            await flag(session, plan, kind)
