"""Promotions that are over: ended by the clock, and put away."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.promotions import PromotionPhase, PromotionStatus
from app.repositories.promotions import PromotionRepository
from app.services import system
from app.services.promotions.errors import IllegalPromotionStatus
from app.services.promotions.events import PromotionStatusChanged
from app.services.promotions.lifecycle import phase_of
from app.services.promotions.manage import PromotionView, locked

PUT_AWAY = frozenset({PromotionPhase.DRAFT, PromotionPhase.ENDED})


async def end_over(session: AsyncSession, *, limit: int) -> int:
    """End up to `limit` promotions whose window has closed; return how many.

    Nothing depends on when it comes: quotes and `phase` go by the window. It keeps the promotions
    every quote looks through few, and tells who listens.
    """
    rows = await PromotionRepository(session).over(limit=limit)
    for row in rows:
        row.status = PromotionStatus.ENDED
        row.version += 1
        row.updated_at = now()
    await session.flush()
    for row in rows:
        changes = {"status": [PromotionStatus.RUNNING, PromotionStatus.ENDED]}
        await system.record(session, None, "promotions.move", "promotion", row.id, changes)
    await system.publish(
        session, *(PromotionStatusChanged(promotion_id=row.id, status=row.status) for row in rows)
    )
    return len(rows)


async def archive(
    session: AsyncSession, promotion_id: UUID, *, is_archived: bool, actor: Actor
) -> PromotionView:
    """Put a draft or what is over out of sight, or take it back; again changes nothing.

    Raises `NotFound`, and `IllegalPromotionStatus` for what is on its way or runs.
    """
    view = await locked(session, promotion_id)
    row = view.promotion
    if is_archived == (row.archived_at is not None):
        return view
    phase = phase_of(row, now())
    if is_archived and phase not in PUT_AWAY:
        raise IllegalPromotionStatus(
            "Only drafts and what is over can be put away", current=phase, allowed=sorted(PUT_AWAY)
        )
    row.archived_at = now() if is_archived else None
    row.version += 1
    row.updated_at = now()
    await session.flush()
    await system.record(
        session, actor, "promotions.archive", "promotion", row.id, {"is_archived": is_archived}
    )
    return view
