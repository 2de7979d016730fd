"""Members, as staff see them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, Security

from app.core.actor import Actor
from app.core.contacts import InvalidContact
from app.core.enums.members import MemberStatus
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.members import AdminMemberOut, TierIn
from app.services import members

router = Router(prefix="/members", tags=["members"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.MEMBERS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.MEMBERS_WRITE])]
EDIT = problems(NotFound, StaleVersion, PreconditionRequired)


@router.get("", responses=problems(InvalidContact))
async def list_members(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    login: Annotated[
        str | None, Query(max_length=320, description="A whole e-mail address or phone number.")
    ] = None,
) -> Page[AdminMemberOut]:
    """Members, newest first. Guests are not listed."""
    rows = await members.list_members(session, login=login, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, AdminMemberOut)


@router.get("/{member_id}", responses=problems(NotFound))
async def get_member(
    member_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> AdminMemberOut:
    """One member or guest."""
    row = await members.get_member(session, member_id)
    put_etag(response, row.version)
    return AdminMemberOut.model_validate(row)


@router.post("/{member_id}/freeze", responses=EDIT)
async def freeze_member(
    member_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> AdminMemberOut:
    """Keep a member out; all their sessions end."""
    row = await members.set_status(
        session, member_id, MemberStatus.FROZEN, version=version, actor=actor
    )
    put_etag(response, row.version)
    return AdminMemberOut.model_validate(row)


@router.post("/{member_id}/unfreeze", responses=EDIT)
async def unfreeze_member(
    member_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> AdminMemberOut:
    """Let a frozen member in again."""
    row = await members.set_status(
        session, member_id, MemberStatus.ACTIVE, version=version, actor=actor
    )
    put_etag(response, row.version)
    return AdminMemberOut.model_validate(row)


@router.post("/{member_id}/tier", responses=EDIT)
async def set_member_tier(
    member_id: UUID,
    body: TierIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> AdminMemberOut:
    """Put a member into a tier, or take them out of it; their next quote has its prices."""
    row = await members.set_tier(session, member_id, body.tier, version=version, actor=actor)
    put_etag(response, row.version)
    return AdminMemberOut.model_validate(row)
