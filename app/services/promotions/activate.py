"""Starting a promotion, after a second look at it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.models.promotions import Promotion as PromotionRow
from app.models.promotions import PromotionQuota
from app.repositories.promotions import PromotionRepository
from app.services.promotions.candidates import rule_of
from app.services.promotions.engine import Promotion
from app.services.promotions.errors import InvalidPromotion
from app.services.promotions.lifecycle import START, moved
from app.services.promotions.lint import Remark, lint
from app.services.promotions.manage import LIMITS, PromotionView


@dataclass(frozen=True, slots=True)
class Activated:
    """A started promotion and what to look at twice."""

    view: PromotionView
    remarks: tuple[Remark, ...]


async def activate(
    session: AsyncSession, promotion_id: UUID, *, version: int, actor: Actor
) -> Activated:
    """Let an approved promotion run inside its window; returns what the lint remarks on.

    Raises `InvalidPromotion` when the engine refuses the rule or its window is over.
    """
    view = await moved(session, promotion_id, START, version=version, actor=actor)
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
