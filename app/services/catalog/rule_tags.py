"""Tags that a rule hangs on products. Who they are, those know who follow the rule."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.core.errors import DomainError, NotFound
from app.models.catalog import Tag
from app.repositories.catalog.rule_tags import RuleTagRepository, Wearers


class TagHasNoRule(DomainError):
    """Staff hang this tag by hand; there is nothing to refresh."""

    slug, title, title_zh = "tag-has-no-rule", "The tag has no rule", "该标签没有规则"


async def due_tags(session: AsyncSession) -> Sequence[UUID]:
    """Tags with a rule whose turn has come, the longest waiting first."""
    return await RuleTagRepository(session).due()


async def due_tag(session: AsyncSession, tag_id: UUID) -> Tag | None:
    """The tag, locked; None when it is in other hands, or has no rule by now."""
    row = await RuleTagRepository(session).locked(tag_id, wait=False)
    return None if row is None or row.rule is None else row


async def tag_to_refresh(session: AsyncSession, tag_id: UUID) -> Tag:
    """The tag, locked once nobody else has it in hands. Raises `NotFound` and `TagHasNoRule`."""
    row = await RuleTagRepository(session).locked(tag_id, wait=True)
    if row is None:
        raise NotFound("No such tag")
    if row.rule is None:
        raise TagHasNoRule("Give it a rule first")
    return row


async def hang_by_rule(session: AsyncSession, tag: Tag, wearers: Wearers) -> Tag:
    """Let exactly `wearers` wear the locked tag by its rule, and note when and how many.

    What staff hung is not touched, and the version stays: nobody edited the tag.
    """
    tag.member_count = await RuleTagRepository(session).hang(tag.id, wearers)
    tag.refreshed_at = now()
    await session.flush()
    return tag
