"""Tags, and which products wear them until when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models.catalog import Spu, Tag
from app.repositories.catalog.products import ProductRepository
from app.repositories.catalog.rows import Rows, Slice
from app.repositories.catalog.rule_tags import RuleTagRepository
from app.services.catalog.edits import created, edit, removed


async def create_tag(session: AsyncSession, values: Mapping[str, Any], *, actor: Actor) -> Tag:
    rows = Rows(session, Tag)
    await rows.refuse_taken("code", values["code"])
    row = await rows.add(Tag(**values))
    await created(session, row, actor=actor)
    return row


async def edit_tag(
    session: AsyncSession, tag_id: UUID, values: Mapping[str, Any], *, version: int, actor: Actor
) -> Tag:
    """Change the tag. Without its rule, goods lose what the rule hung on them at once.

    With another rule they keep it until the worker comes by, which is next for this tag.
    """
    row = await Rows(session, Tag).locked(tag_id, version=version)
    if "rule" in values and values["rule"] != row.rule:
        row.refreshed_at = row.member_count = None
        if values["rule"] is None:
            await RuleTagRepository(session).take_off(tag_id)
    return await edit(session, row, values, actor=actor)


async def delete_tag(session: AsyncSession, tag_id: UUID, *, version: int, actor: Actor) -> None:
    """Delete the tag and take it off every product."""
    rows = Rows(session, Tag)
    row = await rows.locked(tag_id, version=version)
    await removed(session, row, actor=actor)
    await rows.remove(row)


async def list_tags(session: AsyncSession, *, after: UUID | None, limit: int) -> Slice[Tag]:
    return await Rows(session, Tag).page(after=after, limit=limit)


async def set_product_tags(
    session: AsyncSession,
    spu_id: UUID,
    tags: Mapping[UUID, datetime | None],
    *,
    version: int,
    actor: Actor,
) -> Spu:
    """Let staff's tags on the product be exactly `tags`, each until its instant or for good.

    What a rule hung on it stays, unless staff name that tag. Raises `InvalidReference` for
    a tag that does not exist.
    """
    repository = ProductRepository(session)
    row = await repository.locked(spu_id, version=version)
    for tag_id in tags:
        await Rows(session, Tag).require(tag_id, field="tags")
    before = await repository.tags(spu_id)
    await repository.put_tags(spu_id, tags)
    change = [sorted(map(str, before)), sorted(map(str, tags))]
    return await edit(session, row, {}, actor=actor, verb="tag", also={"tags": change})
