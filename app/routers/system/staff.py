"""Staff and roles."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.contacts import InvalidContact
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.security.passwords import PasswordRefused, TooBusy
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import GateDep, get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.system.staff import (
    RoleIn,
    RoleOut,
    RolePatch,
    StaffIn,
    StaffOut,
    StaffPasswordIn,
    StaffPatch,
)
from app.services import system

router = Router(tags=["staff"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.SYSTEM_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.SYSTEM_WRITE])]
EDIT = (NotFound, StaleVersion, PreconditionRequired, system.PrivilegeEscalation)


@router.get("/staff")
async def list_staff(actor: Reader, page: PageDep, session: ReaderDep) -> Page[StaffOut]:
    """Everybody on the staff, newest first."""
    rows = await system.list_staff(session, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, StaffOut)


@router.post(
    "/staff",
    status_code=HTTPStatus.CREATED,
    responses=problems(
        AlreadyExists,
        InvalidContact,
        InvalidReference,
        PasswordRefused,
        system.PrivilegeEscalation,
        TooBusy,
    ),
)
async def create_staff(
    body: StaffIn, actor: Writer, gate: GateDep, session: SessionDep, response: Response
) -> StaffOut:
    """Add somebody. Nobody gives roles with scopes they lack themselves."""
    password_hash = await gate.passwords.hash(body.password)
    view = await system.create_staff(
        session,
        email=body.email,
        name=body.name,
        password_hash=password_hash,
        role_ids=body.role_ids,
        actor=actor,
    )
    put_etag(response, view.version)
    return StaffOut.model_validate(view)


@router.get("/staff/{staff_id}", responses=problems(NotFound))
async def get_staff_member(
    staff_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> StaffOut:
    """One person and their roles."""
    view = await system.get_staff_member(session, staff_id)
    put_etag(response, view.version)
    return StaffOut.model_validate(view)


@router.patch("/staff/{staff_id}", responses=problems(*EDIT, InvalidReference))
async def edit_staff(
    staff_id: UUID,
    body: StaffPatch,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> StaffOut:
    """Change somebody's name, roles or whether they may work.

    Only owners change owners; nobody changes somebody who may do more than they may.
    """
    command = system.EditStaff(
        version=version,
        name=body.name,
        is_active=body.is_active,
        role_ids=None if body.role_ids is None else tuple(body.role_ids),
    )
    view = await system.edit_staff(session, staff_id, command, actor=actor)
    put_etag(response, view.version)
    return StaffOut.model_validate(view)


@router.post("/staff/{staff_id}/password", responses=problems(*EDIT, PasswordRefused, TooBusy))
async def reset_staff_password(
    staff_id: UUID,
    body: StaffPasswordIn,
    version: VersionDep,
    actor: Writer,
    gate: GateDep,
    session: SessionDep,
    response: Response,
) -> StaffOut:
    """Give somebody a new password; all their sessions end."""
    password_hash = await gate.passwords.hash(body.password)
    view = await system.reset_staff_password(
        session, staff_id, password_hash=password_hash, version=version, actor=actor
    )
    put_etag(response, view.version)
    return StaffOut.model_validate(view)


@router.get("/roles")
async def list_roles(actor: Reader, page: PageDep, session: ReaderDep) -> Page[RoleOut]:
    """Roles, newest first."""
    rows = await system.list_roles(session, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, RoleOut)


@router.post(
    "/roles",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, system.PrivilegeEscalation),
)
async def create_role(
    body: RoleIn, actor: Writer, session: SessionDep, response: Response
) -> RoleOut:
    """Add a role of scopes you hold yourself."""
    row = await system.create_role(
        session, name=body.name, scopes=frozenset(body.scopes), actor=actor
    )
    put_etag(response, row.version)
    return RoleOut.model_validate(row)


@router.get("/roles/{role_id}", responses=problems(NotFound))
async def get_role(role_id: UUID, actor: Reader, session: ReaderDep, response: Response) -> RoleOut:
    """One role."""
    row = await system.get_role(session, role_id)
    put_etag(response, row.version)
    return RoleOut.model_validate(row)


@router.patch("/roles/{role_id}", responses=problems(*EDIT, AlreadyExists))
async def edit_role(
    role_id: UUID,
    body: RolePatch,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> RoleOut:
    """Change a role for everybody who holds it. You must hold its old and its new scopes."""
    scopes = None if body.scopes is None else frozenset(body.scopes)
    command = system.EditRole(version=version, name=body.name, scopes=scopes)
    row = await system.edit_role(session, role_id, command, actor=actor)
    put_etag(response, row.version)
    return RoleOut.model_validate(row)


@router.delete(
    "/roles/{role_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(*EDIT, system.RoleInUse),
)
async def delete_role(
    role_id: UUID, version: VersionDep, actor: Writer, session: SessionDep
) -> None:
    """Remove a role nobody holds."""
    await system.delete_role(session, role_id, version=version, actor=actor)
