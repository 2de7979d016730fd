"""Staff: who works behind the shop, and who may change whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.contacts import email_of
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.system import Role, Staff
from app.repositories.system.staff import RoleRepository, StaffRepository
from app.services.system.operations import record
from app.services.system.roles import PrivilegeEscalation, require_held
from app.services.system.sessions import revoke_sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class EditStaff:
    """What to change; None leaves a field as it is. `version` is the one the editor saw."""

    version: int
    name: str | None = None
    is_active: bool | None = None
    role_ids: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class StaffView:
    """A person and the roles they hold."""

    id: UUID
    email: str
    name: str
    is_owner: bool
    is_active: bool
    roles: tuple[Role, ...]
    version: int


async def create_staff(
    session: AsyncSession,
    *,
    email: str,
    name: str,
    password_hash: str,
    role_ids: Sequence[UUID] = (),
    is_owner: bool = False,
    actor: Actor | None,
) -> StaffView:
    """Add somebody. Without an actor it is the command line that asks, which may make an owner.

    Raises `AlreadyExists` for an address that is taken, `InvalidReference` for unknown roles and
    `PrivilegeEscalation` for roles beyond the actor's own.
    """
    if is_owner and actor is not None:
        raise PrivilegeEscalation("Owners are made on the command line")
    staff, address = StaffRepository(session), email_of(email)
    if await staff.has_email(address):
        raise AlreadyExists("The address is taken", field="email")
    roles = await _grantable(session, role_ids, actor)
    row = staff.add(
        Staff(id=new_id(), email=address, name=name, password_hash=password_hash, is_owner=is_owner)
    )
    await session.flush()
    await staff.set_roles(row.id, [role.id for role in roles])
    return await _saved(session, actor, "system.create_staff", row)


async def edit_staff(
    session: AsyncSession, staff_id: UUID, command: EditStaff, *, actor: Actor
) -> StaffView:
    """Change somebody's name, roles or whether they may work.

    Disabling ends all their sessions. Raises `StaleVersion` and `PrivilegeEscalation` as `_ranked`.
    """
    staff = StaffRepository(session)
    row = await _ranked(session, staff_id, command.version, actor)
    if row.is_owner and command.is_active is False:
        raise PrivilegeEscalation("An owner cannot be disabled")
    if command.role_ids is not None:
        roles = await _grantable(session, command.role_ids, actor)
        await staff.set_roles(row.id, [role.id for role in roles])
    if command.name is not None:
        row.name = command.name
    if command.is_active is not None:
        row.is_active = command.is_active
        if not command.is_active:
            await revoke_sessions(session, Audience.ADMIN, row.id, reason="disabled")
    _touch(row)
    return await _saved(session, actor, "system.edit_staff", row)


async def reset_staff_password(
    session: AsyncSession, staff_id: UUID, *, password_hash: str, version: int, actor: Actor
) -> StaffView:
    """Give somebody a new password and end all their sessions. Same rank rules as an edit."""
    row = await _ranked(session, staff_id, version, actor)
    row.password_hash = password_hash
    _touch(row)
    await revoke_sessions(
        session, Audience.ADMIN, row.id, reason="password reset", keep=actor.session_id
    )
    return await _saved(session, actor, "system.reset_staff_password", row)


async def get_staff_member(session: AsyncSession, staff_id: UUID) -> StaffView:
    row = await StaffRepository(session).get(staff_id)
    if row is None:
        raise NotFound("No such person")
    return (await _views(session, [row]))[0]


async def require_colleague(session: AsyncSession, staff_id: UUID, scope: Scope) -> None:
    """Raise `InvalidReference` unless somebody active has the right: only they can be handed it."""
    row = await StaffRepository(session).get(staff_id)
    roles = await StaffRepository(session).roles_of([staff_id])
    may = row is not None and (
        row.is_owner or any(scope in role.scopes for role in roles.get(staff_id, []))
    )
    if row is None or not row.is_active or not may:
        raise InvalidReference("Nobody active has that right", field="staff_id", scope=scope)


async def list_staff(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[StaffView]:
    """Newest first, one more than `limit` if there are more."""
    rows = await StaffRepository(session).page(after=after, limit=limit)
    return await _views(session, rows)


async def _ranked(session: AsyncSession, staff_id: UUID, version: int, actor: Actor) -> Staff:
    """The person, locked, if the actor ranks as high.

    Only owners change owners, and nobody changes somebody who may do more than they may. Raises
    `PrivilegeEscalation` and `StaleVersion`.
    """
    staff = StaffRepository(session)
    row = await staff.get(staff_id, lock=True)
    if row is None:
        raise NotFound("No such person")
    if row.is_owner:
        editor = row if row.id == actor.id else await staff.get(actor.id)
        if editor is None or not editor.is_owner:
            raise PrivilegeEscalation("Only an owner changes an owner")
    roles = (await staff.roles_of([row.id])).get(row.id, [])
    require_held(actor, (scope for role in roles for scope in role.scopes))
    if row.version != version:
        raise StaleVersion("Load the person again", current_version=row.version)
    return row


async def _grantable(
    session: AsyncSession, role_ids: Iterable[UUID], actor: Actor | None
) -> list[Role]:
    wanted = set(role_ids)
    roles = await RoleRepository(session).named(wanted)
    if unknown := wanted - {role.id for role in roles}:
        raise InvalidReference("No such role", field="role_ids", unknown=sorted(unknown))
    if actor is not None:
        require_held(actor, (scope for role in roles for scope in role.scopes))
    return roles


def _touch(row: Staff) -> None:
    row.version += 1
    row.updated_at = func.now()


async def _saved(session: AsyncSession, actor: Actor | None, action: str, row: Staff) -> StaffView:
    await session.flush()
    await session.refresh(row)
    [view] = await _views(session, [row])
    changes = {
        "email": view.email,
        "name": view.name,
        "is_owner": view.is_owner,
        "is_active": view.is_active,
        "roles": [role.name for role in view.roles],
    }
    await record(session, actor, action, "staff", row.id, changes)
    return view


async def _views(session: AsyncSession, rows: Sequence[Staff]) -> list[StaffView]:
    roles = await StaffRepository(session).roles_of(row.id for row in rows)
    return [
        StaffView(
            row.id,
            row.email,
            row.name,
            row.is_owner,
            row.is_active,
            tuple(roles.get(row.id, [])),
            row.version,
        )
        for row in rows
    ]
