"""What the shop does behind the scenes, for staff: messages and the operation log."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.enums.system import MessageState
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.system.operations import MessageOut, OperationOut
from app.services import system

router = Router(tags=["system"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.SYSTEM_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.SYSTEM_WRITE])]
Text = Annotated[str | None, Query(max_length=128)]


@router.get("/outbox")
async def list_messages(
    actor: Reader,
    session: ReaderDep,
    page: PageDep,
    state: MessageState = MessageState.PARKED,
) -> Page[MessageOut]:
    """List messages in one state, newest first: waiting, delivered, or given up on."""
    found = await system.messages.list_messages(
        session, state, after=page.after, limit=page.limit + 1
    )
    return page_of(found, page.limit, MessageOut)


@router.post(
    "/outbox/{message_id}/retry", status_code=HTTPStatus.NO_CONTENT, responses=problems(NotFound)
)
async def retry_message(message_id: UUID, actor: Writer, session: SessionDep) -> None:
    """Deliver a message again that was given up on."""
    await system.messages.retry_message(session, message_id, actor=actor)


@router.get("/operation-log")
async def list_operations(
    actor: Reader,
    session: ReaderDep,
    page: PageDep,
    principal: Text = None,
    action: Text = None,
    object_kind: Text = None,
    object_id: Text = None,
) -> Page[OperationOut]:
    """List what staff and merchants changed, newest first."""
    wanted = system.operations.OperationFilter(principal, action, object_kind, object_id)
    found = await system.operations.list_operations(
        session, wanted, after=page.after, limit=page.limit + 1
    )
    return page_of(found, page.limit, OperationOut)
