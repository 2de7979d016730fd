"""Starting a promotion, after a second look at it."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.models.promotions import Promotion as PromotionRow
from app.models.promotions import PromotionQuota
from app.repositories.promotions import PromotionRepository
from app.services import pricing
from app.services.promotions.draft import check, fault
from app.services.promotions.errors import InvalidPromotion
from app.services.promotions.floors import goods_at_floor
from app.services.promotions.lifecycle import START, moved
from app.services.promotions.lint import JOINT_DISCOUNT_BPS, Remark, Severity, lint
from app.services.promotions.manage import LIMITS, PromotionView, get_promotion, terms_of
from app.services.promotions.matrix import engine_promotion
from app.services.promotions.trial import try_on_recent_orders


@dataclass(frozen=True, slots=True)
class Activated:
    """A started promotion and what to look at twice."""

    view: PromotionView
    remarks: tuple[Remark, ...]


async def activate(
    session: AsyncSession,
    promotion_id: UUID,
    *,
    version: int,
    actor: Actor,
    joint_discount_bps: int = JOINT_DISCOUNT_BPS,
) -> Activated:
    """Let an approved promotion run inside its window; returns what the lint warns of.

    Raises `InvalidPromotion` with what the lint calls an error.
    """
    view = await moved(session, promotion_id, START, version=version, actor=actor)
    remarks = await _look_at(session, view, joint_discount_bps)
    errors = [
        fault(each.pointer or "/", each.message, each.code.lower().replace("_", "-"))
        for each in remarks
        if each.severity is Severity.ERROR
    ]
    if errors:
        raise InvalidPromotion("Correct what the errors point at", errors=errors)
    return Activated(view, remarks)


async def lint_promotion(
    session: AsyncSession, promotion_id: UUID, *, joint_discount_bps: int = JOINT_DISCOUNT_BPS
) -> tuple[Remark, ...]:
    """What starting the promotion would be refused for, or warned of. Raises `NotFound`."""
    return await _look_at(session, await get_promotion(session, promotion_id), joint_discount_bps)


async def _look_at(
    session: AsyncSession, view: PromotionView, joint_discount_bps: int
) -> tuple[Remark, ...]:
    row = view.promotion
    rules = await pricing.channel_rules(session, row.channel_ids)
    errors = (*_errors(view), *_stage_errors(row, rules))
    promotion = engine_promotion(row) if not errors else None
    if promotion is None:
        return errors
    beside = await PromotionRepository(session).open_beside(row)
    others = [each for each in map(engine_promotion, beside) if each is not None]
    return lint(
        promotion,
        others,
        has_quota=_is_limited(view.quota),
        joint_discount_bps=joint_discount_bps
        if rules.joint_discount_bps is None
        else rules.joint_discount_bps,
        sample=await try_on_recent_orders(session, row),
        at_floor=await goods_at_floor(session, row, promotion.rule),
    )


def _errors(view: PromotionView) -> Iterator[Remark]:
    """What was good when it was drafted need not be: rules grow stricter, windows close."""
    try:
        check(terms_of(view.promotion, view.quota))
    except InvalidPromotion as error:
        for each in error.context["errors"]:
            yield Remark(
                "NOT_MONOTONE" if each["pointer"].startswith("/action/tiers/") else "INVALID",
                each["message"],
                severity=Severity.ERROR,
                pointer=each["pointer"],
            )
    ends_at = view.promotion.ends_at
    if ends_at is not None and ends_at <= now():
        yield Remark("WINDOW_OVER", "is over", severity=Severity.ERROR, pointer="/ends_at")


def _stage_errors(row: PromotionRow, rules: pricing.ChannelRules) -> tuple[Remark, ...]:
    """Stages are a setting of channels: where none has this one the promotion never applies."""
    if row.stage in rules.stages:
        return ()
    message = f"is a stage of none of its channels: {', '.join(sorted(rules.stages))}"
    return (Remark("STAGE_NOT_USED", message, severity=Severity.ERROR, pointer="/stage"),)


def _is_limited(quota: PromotionQuota) -> bool:
    return any(getattr(quota, name) is not None for name in LIMITS)
