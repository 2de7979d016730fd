"""The life of a promotion: draft, approved, running, ended. Windows open by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.promotions import PromotionStatus
from app.models.promotions import Promotion as PromotionRow
from app.models.promotions import PromotionQuota
from app.repositories.promotions import PromotionRepository
from app.services import system
from app.services.promotions.candidates import rule_of
from app.services.promotions.engine import Promotion
from app.services.promotions.errors import IllegalPromotionStatus, InvalidPromotion
from app.services.promotions.events import PromotionStatusChanged
from app.services.promotions.lint import Remark, lint
from app.services.promotions.manage import LIMITS, PromotionView, locked

MOVES: Final[Mapping[PromotionStatus, frozenset[PromotionStatus]]] = {
    PromotionStatus.DRAFT: frozenset({PromotionStatus.APPROVED}),
    PromotionStatus.APPROVED: frozenset(
        {PromotionStatus.DRAFT, PromotionStatus.RUNNING, PromotionStatus.ENDED}
    ),
    PromotionStatus.RUNNING: frozenset({PromotionStatus.ENDED}),
    PromotionStatus.ENDED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Activated:
    """A started promotion and what to look at twice."""

    view: PromotionView
    remarks: tuple[Remark, ...]


async def approve(
    session: AsyncSession, promotion_id: UUID, *, version: int, actor: Actor
) -> PromotionView:
    """Freeze the terms of a draft. Raises `IllegalPromotionStatus`, as all moves do."""
    return await _move(session, promotion_id, PromotionStatus.APPROVED, version, actor)


async def reopen(
    session: AsyncSession, promotion_id: UUID, *, version: int, actor: Actor
) -> PromotionView:
    """Make an approved promotion a draft again."""
    return await _move(session, promotion_id, PromotionStatus.DRAFT, version, actor)


async def activate(
    session: AsyncSession, promotion_id: UUID, *, version: int, actor: Actor
) -> Activated:
    """Let an approved promotion run inside its window; returns what the lint remarks on.

    Raises `InvalidPromotion` when the engine refuses the rule or its window is over.
    """
    view = await _move(session, promotion_id, PromotionStatus.RUNNING, version, actor)
    row = view.promotion
    promotion = _promotion(row)
    if promotion is None:
        raise InvalidPromotion("The rule cannot be read", errors=[])
    if row.ends_at is not None and row.ends_at <= now():
        fault = {"pointer": "/ends_at", "message": "is over"}
        raise InvalidPromotion("The window is over", errors=[fault])
    beside = await PromotionRepository(session).open_beside(row)
    others = [each for each in map(_promotion, beside) if each is not None]
    return Activated(view, lint(promotion, others, has_quota=_is_limited(view.quota)))


async def end(
    session: AsyncSession, promotion_id: UUID, *, version: int, actor: Actor
) -> PromotionView:
    """Stop a promotion for good. Orders placed with it keep what they were promised."""
    return await _move(session, promotion_id, PromotionStatus.ENDED, version, actor)


async def _move(
    session: AsyncSession,
    promotion_id: UUID,
    to: PromotionStatus,
    version: int,
    actor: Actor,
) -> PromotionView:
    view = await locked(session, promotion_id, version=version)
    row = view.promotion
    if to not in MOVES[row.status]:
        raise IllegalPromotionStatus(
            f"A promotion that is {row.status} cannot become {to}",
            status=row.status,
            allowed=sorted(status for status, targets in MOVES.items() if to in targets),
        )
    before, row.status = row.status, to
    row.version += 1
    row.updated_at = now()
    await session.flush()
    await system.record(
        session, actor, "promotions.move", "promotion", row.id, {"status": [before, to]}
    )
    await system.publish(session, PromotionStatusChanged(promotion_id=row.id, status=to))
    return view


def _promotion(row: PromotionRow) -> Promotion | None:
    rule = rule_of(row)
    if rule is None:
        return None
    return Promotion(
        id=str(row.id),
        name=row.name,
        stage=row.stage,
        rule=rule,
        priority=row.priority,
        needs_coupon=row.needs_coupon,
    )


def _is_limited(quota: PromotionQuota) -> bool:
    return any(getattr(quota, name) is not None for name in LIMITS)
