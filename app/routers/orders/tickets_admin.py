"""Tickets, as staff work on them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from app.core.enums.tickets import TicketAction, TicketKind, TicketState
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.orders.admin import OrdersReader, OrdersWriter
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.tickets import (
    TicketDetailOut,
    TicketIn,
    TicketNoteIn,
    TicketOut,
    TicketReplyIn,
)
from app.services import orders

router = Router(prefix="/order-tickets", tags=["orders"])


async def wanted_tickets(
    kind: TicketKind | None = None,
    state: TicketState | None = None,
    order_id: UUID | None = None,
    member_id: UUID | None = None,
    assignee_id: UUID | None = None,
    is_overdue: bool | None = None,
) -> orders.tickets.TicketFilter:
    return orders.tickets.TicketFilter(
        kind=kind,
        state=state,
        order_id=order_id,
        member_id=member_id,
        assignee_id=assignee_id,
        is_overdue=is_overdue,
    )


@router.get("")
async def list_tickets(
    actor: OrdersReader,
    page: PageDep,
    session: ReaderDep,
    wanted: Annotated[orders.tickets.TicketFilter, Depends(wanted_tickets)],
) -> Page[TicketOut]:
    """Tickets that match everything, newest first. Overdue ones are past their time and live."""
    rows = await orders.tickets.list_tickets(
        session, wanted, after=page.after, limit=page.limit + 1
    )
    return page_of([TicketOut.model_validate(row) for row in rows], page.limit, TicketOut)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=TicketOut,
    responses=problems(InvalidReference),
)
async def open_ticket(
    body: TicketIn, actor: OrdersWriter, session: SessionDep, once: OnceDep
) -> Response:
    """Open a ticket. The kind says by when it is to be resolved."""
    command = orders.tickets.OpenTicket(
        kind=body.kind,
        subject=body.subject,
        words=body.text,
        order_id=body.order_id,
        member_id=body.member_id,
        shipment_id=body.shipment_id,
        return_id=body.return_id,
    )

    async def work() -> tuple[int, TicketOut]:
        row = await orders.tickets.open_ticket(session, command, actor=actor)
        return HTTPStatus.CREATED, TicketOut.model_validate(row)

    return await once(session, actor, work)


@router.get("/{ticket_id}", responses=problems(NotFound))
async def get_ticket(
    ticket_id: UUID, actor: OrdersReader, session: ReaderDep, response: Response
) -> TicketDetailOut:
    """A ticket and all that was said and done, oldest first."""
    row = await orders.tickets.get_ticket(session, ticket_id)
    entries = await orders.tickets.ticket_entries(session, ticket_id)
    put_etag(response, row["version"])
    return TicketDetailOut.model_validate({**row, "entries": list(entries)})


@router.post(
    "/{ticket_id}/replies",
    status_code=HTTPStatus.CREATED,
    response_model=TicketOut,
    responses=problems(NotFound, orders.tickets.IllegalTicketTransition),
)
async def answer_ticket(
    ticket_id: UUID, body: TicketReplyIn, actor: OrdersWriter, session: SessionDep, once: OnceDep
) -> Response:
    """Say something about it, to the shopper or among staff."""

    async def work() -> tuple[int, TicketOut]:
        row = await orders.tickets.answer(
            session, ticket_id, body.text, is_public=body.is_public, actor=actor
        )
        return HTTPStatus.CREATED, TicketOut.model_validate(row)

    return await once(session, actor, work)


@router.post(
    "/{ticket_id}/{action}",
    responses=problems(
        NotFound,
        StaleVersion,
        PreconditionRequired,
        InvalidReference,
        orders.tickets.IllegalTicketTransition,
    ),
)
async def act_on_ticket(
    ticket_id: UUID,
    action: TicketAction,
    body: TicketNoteIn,
    version: VersionDep,
    actor: OrdersWriter,
    session: SessionDep,
    response: Response,
) -> TicketOut:
    """Claim it, wait for the shopper, resolve it, close it; hold its order, or let it go.

    One that is resolved holds its order no longer.
    """
    row = await orders.tickets.act_on(
        session, ticket_id, action, version=version, actor=actor, words=body.text
    )
    put_etag(response, row["version"])
    return TicketOut.model_validate(row)
