"""Profiles: what members say about themselves, and what staff may do about a member."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.contacts import login_of
from app.core.enums.members import MemberKind, MemberStatus
from app.core.errors import NotFound, StaleVersion
from app.models.members import Member
from app.repositories.members import MemberRepository
from app.services import system


@dataclass(frozen=True, slots=True, kw_only=True)
class EditProfile:
    """None leaves a field as it is; `version`, where given, is the one the editor saw."""

    version: int | None = None
    name: str | None = None
    locale: str | None = None


async def get_member(session: AsyncSession, member_id: UUID) -> Member:
    row = await MemberRepository(session).get(member_id)
    if row is None:
        raise NotFound("No such member")
    return row


async def edit_profile(session: AsyncSession, member_id: UUID, command: EditProfile) -> Member:
    """Raises `StaleVersion`."""
    row = await _locked(session, member_id, command.version)
    if command.name is not None:
        row.name = command.name
    if command.locale is not None:
        row.locale = command.locale
    return await _saved(session, row)


async def list_members(
    session: AsyncSession, *, login: str | None, after: UUID | None, limit: int
) -> Sequence[Member]:
    """Newest first, one more than `limit` if there are more; `login` is a whole address."""
    contact = None if login is None else login_of(login)
    return await MemberRepository(session).page(contact=contact, after=after, limit=limit)


async def set_status(
    session: AsyncSession, member_id: UUID, status: MemberStatus, *, version: int, actor: Actor
) -> Member:
    """Freeze a member, which ends all their sessions, or let them in again."""
    row = await _locked(session, member_id, version)
    row.status = status
    if status is MemberStatus.FROZEN:
        await system.revoke_sessions(session, Audience.STOREFRONT, member_id, reason="frozen")
    changes = {"status": status.value}
    await system.record(session, actor, "members.set_status", "member", member_id, changes)
    return await _saved(session, row)


async def set_tier(
    session: AsyncSession, member_id: UUID, tier: str | None, *, version: int, actor: Actor
) -> Member:
    """Put a member into a tier, whose prices and promotions hold from the next quote on.

    None takes them out. Guests have no tier: `NotFound`.
    """
    row = await _locked(session, member_id, version)
    if row.kind is MemberKind.GUEST:
        raise NotFound("Guests have no tier")
    changes = {"tier": [row.tier, tier]}
    row.tier = tier
    await system.record(session, actor, "members.set_tier", "member", member_id, changes)
    return await _saved(session, row)


async def _locked(session: AsyncSession, member_id: UUID, version: int | None) -> Member:
    row = await MemberRepository(session).get(member_id, lock=True)
    if row is None:
        raise NotFound("No such member")
    if version is not None and row.version != version:
        raise StaleVersion("Load the member again", current_version=row.version)
    return row


async def _saved(session: AsyncSession, row: Member) -> Member:
    row.version += 1
    row.updated_at = func.now()
    await session.flush()
    await session.refresh(row)
    return row
