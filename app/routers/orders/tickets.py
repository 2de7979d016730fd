"""Complaints and suggestions, as shoppers make them."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import MemberDep
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.tickets import (
    ComplaintIn,
    OwnTicketDetailOut,
    OwnTicketOut,
    RatingIn,
    ShopperReplyIn,
)
from app.services import orders

router = Router(prefix="/tickets", tags=["orders"])


@router.get("")
async def list_own_tickets(
    actor: MemberDep, page: PageDep, session: ReaderDep
) -> Page[OwnTicketOut]:
    """Your tickets, newest first; also those the shop opened about your orders."""
    rows = await orders.tickets.list_own(
        session, actor=actor, after=page.after, limit=page.limit + 1
    )
    return page_of([OwnTicketOut.model_validate(row) for row in rows], page.limit, OwnTicketOut)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=OwnTicketOut,
    responses=problems(NotFound, orders.tickets.TooManyTickets),
)
async def complain(
    body: ComplaintIn, actor: MemberDep, session: SessionDep, once: OnceDep
) -> Response:
    """Complain, or suggest something, about an order of yours or the shop."""

    async def work() -> tuple[int, OwnTicketOut]:
        row = await orders.tickets.complain(
            session, body.kind, body.subject, body.text, order_id=body.order_id, actor=actor
        )
        return HTTPStatus.CREATED, OwnTicketOut.model_validate(row)

    return await once(session, actor, work)


@router.get("/{ticket_id}", responses=problems(NotFound))
async def get_own_ticket(
    ticket_id: UUID, actor: MemberDep, session: ReaderDep
) -> OwnTicketDetailOut:
    """One of your tickets and what was said to you and by you."""
    row = await orders.tickets.own_ticket(session, ticket_id, actor=actor)
    entries = await orders.tickets.own_entries(session, ticket_id)
    return OwnTicketDetailOut.model_validate({**row, "entries": list(entries)})


@router.post(
    "/{ticket_id}/replies",
    status_code=HTTPStatus.CREATED,
    response_model=OwnTicketOut,
    responses=problems(NotFound, orders.tickets.IllegalTicketTransition),
)
async def reply_to_ticket(
    ticket_id: UUID, body: ShopperReplyIn, actor: MemberDep, session: SessionDep, once: OnceDep
) -> Response:
    """Say more. What was thought to be resolved is looked at again."""

    async def work() -> tuple[int, OwnTicketOut]:
        row = await orders.tickets.reply(session, ticket_id, body.text, actor=actor)
        return HTTPStatus.CREATED, OwnTicketOut.model_validate(row)

    return await once(session, actor, work)


@router.put(
    "/{ticket_id}/rating",
    responses=problems(
        NotFound, orders.tickets.IllegalTicketTransition, orders.tickets.AlreadyRated
    ),
)
async def rate_ticket(
    ticket_id: UUID, body: RatingIn, actor: MemberDep, session: SessionDep
) -> OwnTicketOut:
    """Say once, from 1 to 5, how well it was resolved."""
    row = await orders.tickets.rate(session, ticket_id, body.rating, actor=actor)
    return OwnTicketOut.model_validate(row)
