"""Following the rules of tags: who wears them now."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import InvalidReference, NotFound
from app.models.catalog import Tag
from app.services import catalog, orders, promotions, system
from app.services.catalog import LookedAt, Named, Published, Wearers


async def check_rule(session: AsyncSession, rule: Mapping[str, Any] | None) -> None:
    """Raise `InvalidReference` for a rule that names a promotion which does not exist."""
    promotion_id = rule.get("promotion_id") if rule else None
    if promotion_id is None:
        return
    try:
        await promotions.get_promotion(session, UUID(promotion_id))
    except NotFound:
        raise InvalidReference("There is no such promotion", field="rule.promotion_id") from None


async def refresh_tag(session: AsyncSession, tag_id: UUID, *, actor: Actor) -> Tag:
    """Let the tag's rule say at once who wears it, after anybody who is at it.

    Raises `NotFound` and `TagHasNoRule`.
    """
    row = await catalog.tag_to_refresh(session, tag_id)
    row = await _follow(session, row)
    count = {"member_count": row.member_count}
    await system.record(session, actor, "catalog.refresh", "tag", row.id, count)
    return row


async def refresh_due_tag(session: AsyncSession, tag_id: UUID) -> None:
    """The same for the worker, who leaves a tag that is in other hands to them."""
    row = await catalog.due_tag(session, tag_id)
    if row is not None:
        await _follow(session, row)


async def _follow(session: AsyncSession, row: Tag) -> Tag:
    wearers = await _wearers(session, row.rule or {})
    return await catalog.hang_by_rule(session, row, wearers)


async def _wearers(session: AsyncSession, rule: Mapping[str, Any]) -> Wearers:
    match rule:
        case {"type": "new", "days": days}:
            return Published(days)
        case {"type": "top_sellers", "days": days, "count": count}:
            return Named(await orders.top_sellers(session, days=days, count=count))
        case _:
            named = rule.get("promotion_id")
            promotion_id = UUID(named) if named else None
            return LookedAt(await promotions.goods_on_promotion(session, promotion_id))
