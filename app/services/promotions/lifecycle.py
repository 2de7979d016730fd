"""The life of a promotion: draft, submitted, approved, started, ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.promotions import PromotionPhase, PromotionStatus
from app.models.promotions import Promotion
from app.services import system
from app.services.promotions.errors import IllegalPromotionStatus
from app.services.promotions.events import PromotionStatusChanged
from app.services.promotions.manage import PromotionView, locked
from app.services.promotions.versions import freeze

DRAFT, SUBMITTED = PromotionStatus.DRAFT, PromotionStatus.SUBMITTED
APPROVED, RUNNING, ENDED = PromotionStatus.APPROVED, PromotionStatus.RUNNING, PromotionStatus.ENDED

# Each action with the statuses it starts from and the one it leads to.
SUBMIT: Final = (frozenset({DRAFT}), SUBMITTED)
APPROVE: Final = (frozenset({SUBMITTED}), APPROVED)
APPROVE_AT_ONCE: Final = (frozenset({DRAFT, SUBMITTED}), APPROVED)
REJECT: Final = (frozenset({SUBMITTED}), DRAFT)
REOPEN: Final = (frozenset({SUBMITTED, APPROVED}), DRAFT)
START: Final = (frozenset({APPROVED}), RUNNING)
END: Final = (frozenset({APPROVED, RUNNING}), ENDED)


def phase_of(row: Promotion, at: datetime) -> PromotionPhase:
    """What a promotion is at `at`: started ones wait for their window, and are over after it."""
    if row.status == RUNNING:
        if row.starts_at is not None and at < row.starts_at:
            return PromotionPhase.SCHEDULED
        if row.ends_at is not None and row.ends_at <= at:
            return PromotionPhase.ENDED
    return PromotionPhase(row.status)


async def submit(
    session: AsyncSession, promotion_id: UUID, *, version: int, actor: Actor
) -> PromotionView:
    """Ask for approval of a draft. Raises `IllegalPromotionStatus`, as all moves do."""
    view = await moved(session, promotion_id, SUBMIT, version=version, actor=actor)
    view.promotion.rejection = None
    await session.flush()
    return view


async def approve(
    session: AsyncSession,
    promotion_id: UUID,
    *,
    version: int,
    actor: Actor,
    needs_four_eyes: bool,
) -> PromotionView:
    """Freeze the terms as the promotion's next numbered version.

    With `needs_four_eyes` they must have been submitted, and whoever drafted or last edited them
    gets `SecondPersonNeeded`; otherwise a draft may be approved by anybody, at once.
    """
    move = APPROVE if needs_four_eyes else APPROVE_AT_ONCE
    view = await moved(session, promotion_id, move, version=version, actor=actor)
    row = view.promotion
    if needs_four_eyes:
        actor.require_other_than(row.drafted_by, row.edited_by)
    await freeze(session, view, actor=actor)
    return view


async def reject(
    session: AsyncSession, promotion_id: UUID, *, reason: str, version: int, actor: Actor
) -> PromotionView:
    """Send what was submitted back to be drafted; `reason` stays with it until the next try."""
    view = await moved(
        session, promotion_id, REJECT, version=version, actor=actor, changes={"reason": reason}
    )
    view.promotion.rejection = reason
    await session.flush()
    return view


async def reopen(
    session: AsyncSession, promotion_id: UUID, *, version: int, actor: Actor
) -> PromotionView:
    """Make a submitted or approved promotion a draft again; what was approved stays on record."""
    return await moved(session, promotion_id, REOPEN, version=version, actor=actor)


async def end(
    session: AsyncSession, promotion_id: UUID, *, version: int, actor: Actor
) -> PromotionView:
    """Stop a promotion for good. Orders placed with it keep what they were promised."""
    return await moved(session, promotion_id, END, version=version, actor=actor)


async def stop(
    session: AsyncSession, promotion_id: UUID, *, reason: str, actor: Actor
) -> PromotionView:
    """End a promotion at once, whatever version the caller has seen; again changes nothing.

    The next quote is without it. What unpaid orders have reserved stays theirs.
    """
    view = await locked(session, promotion_id)
    if view.promotion.status == ENDED:
        return view
    return await moved(session, promotion_id, END, actor=actor, changes={"reason": reason})


async def moved(
    session: AsyncSession,
    promotion_id: UUID,
    move: tuple[frozenset[PromotionStatus], PromotionStatus],
    *,
    actor: Actor,
    version: int | None = None,
    changes: Mapping[str, Any] | None = None,
) -> PromotionView:
    """Take a promotion through `move` of the lifecycle, noting it with `changes`.

    Raises `NotFound`, `StaleVersion` and `IllegalPromotionStatus`.
    """
    view = await locked(session, promotion_id, version=version)
    row = view.promotion
    sources, to = move
    if row.archived_at is not None:
        raise IllegalPromotionStatus(
            "Take it back into the lists first", current=row.status, allowed=sorted(sources)
        )
    if row.status not in sources:
        raise IllegalPromotionStatus(
            f"A promotion that is {row.status} cannot become {to}",
            current=row.status,
            allowed=sorted(sources),
        )
    before, row.status = row.status, to
    row.version += 1
    row.updated_at = now()
    await session.flush()
    await system.record(
        session,
        actor,
        "promotions.move",
        "promotion",
        row.id,
        {"status": [before, to], **(changes or {})},
    )
    await system.publish(session, PromotionStatusChanged(promotion_id=row.id, status=to))
    return view
