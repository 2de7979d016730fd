"""Who gets the prices of a contract: the members named on a list of kind `b2b`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.pricing import PriceListKind
from app.repositories.pricing import ListMemberRepository
from app.services import system
from app.services.pricing.errors import InvalidPriceList, UnknownMembers
from app.services.pricing.lists import get_price_list, locked


async def name_list_members(
    session: AsyncSession,
    list_id: UUID,
    *,
    add: Sequence[UUID] = (),
    remove: Sequence[UUID] = (),
    actor: Actor,
) -> int:
    """Put members on a list and take others off; return how many that changed.

    Their next quote knows. Raises `NotFound`, `InvalidPriceList` for a list that is not for named
    members or a member named both ways, and `UnknownMembers`.
    """
    row = await locked(session, list_id)
    if row.kind != PriceListKind.B2B:
        raise InvalidPriceList("Only lists of kind b2b are for named members", field="kind")
    if set(add) & set(remove):
        raise InvalidPriceList("A member is put on the list and taken off", field="remove")
    repository = ListMemberRepository(session)
    if unknown := await repository.unknown(sorted(set(add))):
        raise UnknownMembers("Some members do not exist", member_ids=[str(e) for e in unknown])
    changed = await repository.name(list_id, sorted(set(add)), sorted(set(remove)))
    changes = {
        name: [str(each) for each in getattr(changed, name)]
        for name in ("added", "removed")
        if getattr(changed, name)
    }
    if changes:
        await system.record(session, actor, "pricing.name_members", "price_list", list_id, changes)
    return len(changed.added) + len(changed.removed)


async def list_members(
    session: AsyncSession, list_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Members named on a list in order of id. Raises `NotFound`."""
    await get_price_list(session, list_id)
    return await ListMemberRepository(session).page(list_id, after=after, limit=limit)
