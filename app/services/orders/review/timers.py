"""Claims that were left lying, and reviews nobody decided in time."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.core.enums.order_reviews import QUEUED, OrderReviewState
from app.repositories.orders import OrderReviewRepository
from app.services import system
from app.services.orders.payment_owner import named
from app.services.orders.review.events import OrderReviewOverdue
from app.services.orders.review.queue import Locked, locked


async def keep_time(sessions: Sessions, *, limit: int) -> int:
    """Open up to `limit` reviews whose claim is over, and tell once of as many that are overdue.

    One transaction each; several machines may do so at once. Returns how many were looked at.
    """
    async with unit_of_work(sessions) as session:
        repository = OrderReviewRepository(session)
        lapsed, overdue = await repository.lapsed(limit), await repository.overdue(limit)
    for review_id in lapsed:
        async with unit_of_work(sessions) as session:
            await _open(session, await locked(session, review_id))
    for review_id in overdue:
        async with unit_of_work(sessions) as session:
            await _tell(session, await locked(session, review_id))
    return len(lapsed) + len(overdue)


async def _open(session: AsyncSession, found: Locked) -> None:
    """Claimed anew meanwhile, it is left alone."""
    is_over = found.state is OrderReviewState.OPEN
    if found.row["state"] != OrderReviewState.CLAIMED or not is_over:
        return
    repository = OrderReviewRepository(session)
    await repository.move(found.id, state=OrderReviewState.OPEN, claimed_by=None)
    await repository.note(found.id, "lapsed", actor=found.row["claimed_by"])


async def _tell(session: AsyncSession, found: Locked) -> None:
    if found.state not in QUEUED or not await OrderReviewRepository(session).told(found.id):
        return
    await OrderReviewRepository(session).note(found.id, "overdue", actor=None)
    await system.publish(
        session,
        OrderReviewOverdue(
            **named(found.order),
            review_id=found.id,
            due_at=found.row["due_at"],
            claimed_by=found.row["claimed_by"],
        ),
    )
