"""Roles: named sets of scopes. Nobody gives away what they do not hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, DomainError, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.system import Role
from app.repositories.system.staff import RoleRepository
from app.services.system.operations import record


class PrivilegeEscalation(DomainError):
    """The caller reaches above themselves: grants, or takes from somebody, what they lack."""

    slug, title, title_zh = "privilege-escalation", "Beyond your own permissions", "超出自身权限"
    status = HTTPStatus.FORBIDDEN


class RoleInUse(DomainError):
    slug, title, title_zh = "role-in-use", "Somebody holds the role", "角色正在使用中"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRole:
    """What to change; None leaves a field as it is. `version` is the one the editor saw."""

    version: int
    name: str | None = None
    scopes: frozenset[Scope] | None = None


def require_held(actor: Actor, scopes: Iterable[str]) -> None:
    """Raise `PrivilegeEscalation` naming the `scopes` the actor lacks."""
    if missing := set(scopes) - actor.scopes:
        raise PrivilegeEscalation("You lack these scopes yourself", missing_scopes=sorted(missing))


async def create_role(
    session: AsyncSession, *, name: str, scopes: frozenset[Scope], actor: Actor
) -> Role:
    """Raises `AlreadyExists` for a name that is taken."""
    require_held(actor, scopes)
    roles = RoleRepository(session)
    if await roles.has_name(name):
        raise AlreadyExists("The name is taken", field="name")
    row = roles.add(Role(id=new_id(), name=name, scopes=sorted(scopes)))
    return await _saved(session, actor, "system.create_role", row)


async def edit_role(
    session: AsyncSession, role_id: UUID, command: EditRole, *, actor: Actor
) -> Role:
    """Whoever holds the role has its new scopes at once on writes, within 5 s on reads.

    The editor must hold both the old and the new scopes. Raises `StaleVersion`.
    """
    roles = RoleRepository(session)
    row = await _locked(roles, role_id, command.version)
    require_held(actor, row.scopes)
    if command.scopes is not None:
        require_held(actor, command.scopes)
        row.scopes = sorted(command.scopes)
    if command.name is not None:
        if await roles.has_name(command.name, but=role_id):
            raise AlreadyExists("The name is taken", field="name")
        row.name = command.name
    row.version += 1
    row.updated_at = func.now()
    return await _saved(session, actor, "system.edit_role", row)


async def delete_role(session: AsyncSession, role_id: UUID, *, version: int, actor: Actor) -> None:
    """Raises `RoleInUse` while somebody holds it."""
    roles = RoleRepository(session)
    row = await _locked(roles, role_id, version)
    require_held(actor, row.scopes)
    if await roles.is_held(role_id):
        raise RoleInUse("Take the role away from everybody first")
    changes = {"name": row.name, "scopes": row.scopes}
    await roles.remove(row)
    await session.flush()
    await record(session, actor, "system.delete_role", "role", role_id, changes)


async def get_role(session: AsyncSession, role_id: UUID) -> Role:
    row = await RoleRepository(session).get(role_id)
    if row is None:
        raise NotFound("No such role")
    return row


async def list_roles(session: AsyncSession, *, after: UUID | None, limit: int) -> Sequence[Role]:
    """Newest first, one more than `limit` if there are more."""
    return await RoleRepository(session).page(after=after, limit=limit)


async def _locked(roles: RoleRepository, role_id: UUID, version: int) -> Role:
    row = await roles.get(role_id, lock=True)
    if row is None:
        raise NotFound("No such role")
    if row.version != version:
        raise StaleVersion("Load the role again", current_version=row.version)
    return row


async def _saved(session: AsyncSession, actor: Actor, action: str, row: Role) -> Role:
    await session.flush()
    await session.refresh(row)
    await record(session, actor, action, "role", row.id, {"name": row.name, "scopes": row.scopes})
    return row
