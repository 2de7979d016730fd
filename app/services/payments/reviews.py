"""The queue of what people have to look at, and what they do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.payments import (
    PlanState,
    RefundState,
    ReviewAction,
    ReviewKind,
    ReviewState,
)
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.repositories.payments.refund_queue import RefundQueueRepository
from app.repositories.payments.reviews import ReviewRepository
from app.services import system
from app.services.payments.attempts import apply
from app.services.payments.calls import Gateways, gateway_of, query
from app.services.payments.close import finish_close
from app.services.payments.engine.reviewing import actions_of
from app.services.payments.engine.states import MAY_SUCCEED
from app.services.payments.engine.types import Plan
from app.services.payments.errors import IllegalReviewTransition, ReviewUnsettled
from app.services.payments.ports import GatewayState, PlanOwner
from app.services.payments.push import push_part
from app.services.payments.read import plan_by_id
from app.services.payments.settle import locked
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """One matter. `part_id` is the part of a refund it is about, `collection_id` the transfer."""

    id: UUID
    order_id: UUID
    plan_id: UUID
    kind: ReviewKind
    reference: str | None
    amount_minor: int | None
    currency: str
    state: ReviewState
    is_settled: bool
    part_id: UUID | None
    collection_id: UUID | None
    assignee: str | None
    closed_by: str | None
    closed_for: str | None
    closed_at: datetime | None
    version: int
    created_at: datetime
    actions: tuple[ReviewAction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFilter:
    state: ReviewState = ReviewState.OPEN
    kind: ReviewKind | None = None
    order_id: UUID | None = None
    assignee: UUID | None = None


async def list_reviews(
    session: AsyncSession, wanted: ReviewFilter, *, after: UUID | None, limit: int
) -> list[ReviewView]:
    """One matter more than `limit`, newest first."""
    assignee = None if wanted.assignee is None else _staff(wanted.assignee)
    rows = await ReviewRepository(session).find(
        limit=limit + 1,
        after=after,
        state=wanted.state,
        kind=wanted.kind,
        order_id=wanted.order_id,
        assignee=assignee,
    )
    return [_view(row._mapping) for row in rows]  # noqa: SLF001 -- the mapping of a row is public


async def read_review(session: AsyncSession, review_id: UUID) -> ReviewView:
    """Raises `NotFound`."""
    row = await ReviewRepository(session).read(review_id)
    if row is None:
        raise NotFound("No such review")
    return _view(row)


async def assign_review(
    session: AsyncSession, review_id: UUID, assignee: UUID | None, *, version: int, actor: Actor
) -> ReviewView:
    """Hand an open matter to a member of staff who may see to it, or to nobody.

    Raises `NotFound`, `IllegalReviewTransition` when it is closed, `InvalidReference` for who is
    not there or may not, and `StaleVersion`.
    """
    known = await read_review(session, review_id)
    _check_open(known)
    if assignee is not None:
        await system.require_colleague(session, assignee, Scope.PAYMENTS_WRITE)
    name = None if assignee is None else _staff(assignee)
    if not await ReviewRepository(session).assign(review_id, assignee=name, version=version):
        raise StaleVersion("Look at it again", version=known.version)
    await _record(session, actor, "payments.assign_review", known, {"assignee": name})
    return await read_review(session, review_id)


async def close_review(
    session: AsyncSession,
    review_id: UUID,
    reason: str,
    *,
    version: int,
    actor: Actor,
    owner: PlanOwner,
) -> ReviewView:
    """Say why nothing is left to do. Should the matter come up again, it is opened anew.

    Raises `NotFound`, `IllegalReviewTransition` when it is closed, `StaleVersion`, and
    `ReviewUnsettled` while the books say otherwise.
    """
    known = await read_review(session, review_id)
    await locked(session, owner, known.order_id, known.plan_id)
    known = await read_review(session, review_id)
    _check_open(known)
    if known.version != version:
        raise StaleVersion("Look at it again", version=known.version)
    if not known.is_settled:
        raise ReviewUnsettled("Something of it is still under way", actions=list(known.actions))
    await _close(session, actor, known, reason)
    return await read_review(session, review_id)


async def ask_again(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    review_id: UUID,
    *,
    actor: Actor,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> ReviewView:
    """Ask the gateways about all of the plan now, instead of when the janitor would.

    Attempts are asked about, a close is tried again, and money on its way back is ordered or asked
    about under its number. What settles the matter closes it. Repeating it does no harm.

    Raises `NotFound`, `IllegalReviewTransition` when it is closed, and `UnknownChannel` for a
    gateway that is not configured any more.
    """
    async with unit_of_work(sessions) as session:
        known = await read_review(session, review_id)
        _check_open(known)
        plan = await plan_by_id(session, known.plan_id)
    await _ask_about_attempts(sessions, gateways, owner, plan, terms)
    async with unit_of_work(sessions) as session:
        parts = await RefundQueueRepository(session).claim_of_plan(
            plan.id, query_after_seconds=terms.query_after_seconds
        )
    for part_id in parts:
        await push_part(sessions, gateways, owner, part_id, terms=terms)
    async with unit_of_work(sessions) as session:
        await locked(session, owner, plan.order_id, plan.id)
        known = await read_review(session, review_id)
        await _record(session, actor, "payments.ask_again", known, {"settled": known.is_settled})
        if known.is_settled and known.state is ReviewState.OPEN:
            await _close(session, actor, known, "settled when asked again")
        return await read_review(session, review_id)


async def _ask_about_attempts(
    sessions: Sessions, gateways: Gateways, owner: PlanOwner, plan: Plan, terms: PaymentTerms
) -> None:
    if plan.state is PlanState.CLOSING:
        await finish_close(sessions, gateways, owner, plan.id, terms=terms)
        return
    for attempt in plan.attempts:
        if attempt.state in MAY_SUCCEED:
            gateway = gateway_of(gateways, attempt.channel)
            facts = await query(gateway, attempt.out_trade_no, terms)
            if facts.state not in {GatewayState.NOT_FOUND, GatewayState.UNKNOWN}:
                key = {"attempt_id": attempt.id, "order_id": plan.order_id, "plan_id": plan.id}
                await apply(sessions, gateways, owner, key, facts, terms=terms)


async def _close(session: AsyncSession, actor: Actor, known: ReviewView, reason: str) -> None:
    how = {"closed_by": actor.principal, "closed_for": reason}
    if not await ReviewRepository(session).close(known.id, how):
        raise IllegalReviewTransition("It is closed", state=ReviewState.CLOSED)
    await _record(session, actor, "payments.close_review", known, {"reason": reason})


def _check_open(known: ReviewView) -> None:
    if known.state is not ReviewState.OPEN:
        raise IllegalReviewTransition("It is closed", state=known.state)


def _staff(staff_id: UUID) -> str:
    return f"admin:{staff_id}"


def _view(row: RowMapping | Mapping[str, Any]) -> ReviewView:
    kind, state = ReviewKind(row["kind"]), ReviewState(row["state"])
    part = RefundState(row["part_state"]) if row["part_state"] else None
    facts = {name: row[name] for name in _SAME}
    actions = actions_of(
        kind, is_settled=row["is_settled"], part_state=part, is_refund=row["is_refund"]
    )
    return ReviewView(
        **facts,
        kind=kind,
        state=state,
        reference=row["reference"] or None,
        actions=actions if state is ReviewState.OPEN else (),
    )


_SAME = (
    "id",
    "order_id",
    "plan_id",
    "amount_minor",
    "currency",
    "is_settled",
    "part_id",
    "collection_id",
    "assignee",
    "closed_by",
    "closed_for",
    "closed_at",
    "version",
    "created_at",
)


async def _record(
    session: AsyncSession, actor: Actor, what: str, known: ReviewView, changes: Mapping[str, Any]
) -> None:
    named = {"kind": known.kind, "reference": known.reference, **changes}
    await system.record(session, actor, what, "payment_review", known.id, named)
