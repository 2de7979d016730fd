"""Exclusion groups as things with a name: listed, named and described by staff."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.promotion_groups import PromotionGroup
from app.repositories.promotions import GroupRepository
from app.services import system

MOST_GROUPS: Final = 500


async def list_groups(session: AsyncSession) -> Sequence[Any]:
    """Every group that is named or used, at most five hundred, by code."""
    return await GroupRepository(session).listed(limit=MOST_GROUPS)


async def names_of(session: AsyncSession, codes: Sequence[str]) -> Mapping[str, PromotionGroup]:
    """What is known of groups; those nobody has named are left out."""
    rows = await GroupRepository(session).named(codes) if codes else ()
    return {row.code: row for row in rows}


async def name_group(
    session: AsyncSession, code: str, *, name: str, description: str, actor: Actor
) -> PromotionGroup:
    """Say what a group is called. Raises `AlreadyExists`."""
    row = PromotionGroup(id=new_id(), code=code, name=name, description=description, version=1)
    GroupRepository(session).add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise AlreadyExists(f"Group {code} has a name", field="code") from error
    await system.record(
        session, actor, "promotions.name_group", "promotion_group", code, {"name": name}
    )
    return row


async def rename_group(
    session: AsyncSession,
    code: str,
    *,
    name: str,
    description: str,
    version: int,
    actor: Actor,
) -> PromotionGroup:
    """Say it differently; its code, and with it who is in it, stays.

    Raises `NotFound` and `StaleVersion`.
    """
    row = await GroupRepository(session).locked(code)
    if row is None:
        raise NotFound("Nobody has named this group")
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    if (row.name, row.description) != (name, description):
        before, row.name, row.description = row.name, name, description
        row.version += 1
        row.updated_at = now()
        await session.flush()
        await system.record(
            session,
            actor,
            "promotions.name_group",
            "promotion_group",
            code,
            {"name": [before, name]},
        )
    return row
