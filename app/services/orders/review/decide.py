"""People decide: the order may leave, or it falls."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.order_reviews import OrderReviewAction, OrderReviewState
from app.core.enums.orders import OrderState
from app.repositories.orders import OrderReviewRepository
from app.services.orders.engine.review_states import IllegalOrderReviewTransition
from app.services.orders.review.outcome import fall, let_go
from app.services.orders.review.queue import (
    Locked,
    OrderReviewView,
    get_review,
    locked,
    record,
)


@dataclass(frozen=True, slots=True)
class Rejected:
    """`plan_id` is the payment that is still to be closed, see `begin_cancel`."""

    review: OrderReviewView
    plan_id: UUID | None


async def approve(
    session: AsyncSession,
    review_id: UUID,
    *,
    reason: str | None,
    version: int,
    actor: Actor,
    two_people_minor: int | None,
) -> OrderReviewView:
    """The order may leave, as far as the review is concerned.

    Where a rule asks for two people, or the order costs `two_people_minor` or more, the first
    approval leaves it to somebody else. Raises `NotFound`, `StaleVersion`, `SecondPersonNeeded`,
    `IllegalOrderReviewTransition` and `OrderReviewClaimed`.
    """
    found = await _standing_order(session, review_id)
    outcome = found.follow(OrderReviewAction.APPROVE, actor, version=version)
    needs_two = found.row["needs_two"] or _is_dear(found, two_people_minor)
    if found.state is OrderReviewState.SECOND:
        actor.require_other_than(found.row["first_approved_by"])
    elif needs_two:
        await _leave_to_another(session, found, reason, actor)
        return await get_review(session, review_id, actor=actor)
    repository = OrderReviewRepository(session)
    await repository.move(
        review_id,
        state=outcome,
        claimed_by=None,
        closed_by=actor.principal,
        closed_for=reason,
    )
    await repository.note(review_id, outcome, actor=actor.principal, words=reason)
    await record(session, found, "orders.approve_review", actor=actor, reason=reason)
    await let_go(session, found.order, review_id, outcome, actor=actor)
    return await get_review(session, review_id, actor=actor)


async def reject(
    session: AsyncSession, review_id: UUID, *, reason: str, version: int, actor: Actor
) -> Rejected:
    """The order is cancelled: what was paid goes back in full, and so does its stock.

    Its buyer is not told the reason. Raises `NotFound`, `StaleVersion`,
    `IllegalOrderReviewTransition`, `OrderReviewClaimed` and what refunds raise.
    """
    found = await _standing_order(session, review_id)
    outcome = found.follow(OrderReviewAction.REJECT, actor, version=version)
    repository = OrderReviewRepository(session)
    await repository.move(
        review_id,
        state=outcome,
        claimed_by=None,
        closed_by=actor.principal,
        closed_for=reason,
    )
    await repository.note(review_id, outcome, actor=actor.principal, words=reason)
    await record(session, found, "orders.reject_review", actor=actor, reason=reason)
    plan_id = await fall(session, found.order, review_id, actor=actor)
    return Rejected(await get_review(session, review_id, actor=actor), plan_id)


async def _standing_order(session: AsyncSession, review_id: UUID) -> Locked:
    """An order whose payment is being closed is decided already."""
    found = await locked(session, review_id)
    if found.order["state"] == OrderState.CANCELLING:
        raise IllegalOrderReviewTransition(
            "The order is being cancelled", state=found.state, actions=[]
        )
    return found


async def _leave_to_another(
    session: AsyncSession, found: Locked, reason: str | None, actor: Actor
) -> None:
    repository = OrderReviewRepository(session)
    await repository.move(
        found.id,
        state=OrderReviewState.SECOND,
        claimed_by=None,
        first_approved_by=actor.principal,
        needs_two=True,
    )
    await repository.note(found.id, "first_approved", actor=actor.principal, words=reason)
    await record(session, found, "orders.approve_review_first", actor=actor, reason=reason)


def _is_dear(found: Locked, two_people_minor: int | None) -> bool:
    return two_people_minor is not None and found.order["payable_minor"] >= two_people_minor
