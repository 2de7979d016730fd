"""A draft made from a template."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models.promotion_templates import PromotionTemplate
from app.services import system
from app.services.promotions.draft import PromotionTerms
from app.services.promotions.manage import PromotionView, create_promotion
from app.services.promotions.templates.keep import get_template
from app.services.promotions.templates.making import filled_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPromotion:
    """What no template settles. Without `priority` the template's counts, else zero."""

    code: str
    merchant_id: UUID
    name: str
    currency: str
    priority: int | None = None
    channel_ids: tuple[UUID, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    total_uses: int | None = None
    uses_per_member: int | None = None
    uses_per_day: int | None = None
    uses_per_member_per_day: int | None = None
    time_zone: str | None = None
    budget_minor: int | None = None


async def instantiate(
    session: AsyncSession,
    template_id: UUID,
    wanted: NewPromotion,
    parameters: Mapping[str, Any],
    *,
    actor: Actor,
) -> PromotionView:
    """Draft a promotion from a template; it can be edited like any other draft.

    Raises `NotFound`, `InvalidPromotion` pointing into `/parameters`, and as `create_promotion`.
    """
    template = await get_template(session, template_id)
    frame = PromotionTerms(
        name=wanted.name,
        stage="",
        action={},
        currency=wanted.currency,
        channel_ids=wanted.channel_ids,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        total_uses=wanted.total_uses,
        uses_per_member=wanted.uses_per_member,
        uses_per_day=wanted.uses_per_day,
        uses_per_member_per_day=wanted.uses_per_member_per_day,
        time_zone=wanted.time_zone,
        budget_minor=wanted.budget_minor,
    )
    terms = filled_terms(template.terms, template.parameters, parameters, frame)
    if wanted.priority is not None:
        terms = replace(terms, priority=wanted.priority)
    view = await create_promotion(
        session, terms, code=wanted.code, merchant_id=wanted.merchant_id, actor=actor
    )
    version = template.version if isinstance(template, PromotionTemplate) else None
    await system.record(
        session,
        actor,
        "promotions.instantiate_template",
        "promotion",
        view.promotion.id,
        {"template": template.code, "version": version, "parameters": dict(parameters)},
    )
    return view
