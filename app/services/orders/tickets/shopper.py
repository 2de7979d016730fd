"""Complaints and suggestions of shoppers."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.tickets import TicketKind, TicketState
from app.core.errors import DomainError, NotFound
from app.repositories.orders.tickets import TicketFilter, TicketRepository
from app.services.orders.engine.tickets import RATEABLE, IllegalTicketTransition, replied
from app.services.orders.tickets.work import OpenTicket, add

MOST_LIVE: Final = 20
"""Tickets of one shopper that wait at a time."""


class TooManyTickets(DomainError):
    slug, title, title_zh = (
        "too-many-tickets",
        "Too many of your tickets wait for an answer",
        "待处理的工单过多",
    )


class AlreadyRated(DomainError):
    slug, title, title_zh = "already-rated", "You have rated it before", "已评价"


async def complain(
    session: AsyncSession,
    kind: TicketKind,
    subject: str,
    words: str,
    *,
    order_id: UUID | None,
    actor: Actor,
) -> RowMapping:
    """A shopper's complaint or suggestion, about an own order or none.

    Raises `NotFound` for orders of others, and `TooManyTickets`.
    """
    if await TicketRepository(session).live_of(actor.id) >= MOST_LIVE:
        raise TooManyTickets(f"At most {MOST_LIVE} wait at a time", most=MOST_LIVE)
    command = OpenTicket(
        kind=kind, subject=subject, words=words, order_id=order_id, member_id=actor.id
    )
    made = await add(session, command, opened_by=actor.principal, owner_id=actor.id)
    if made is None:
        raise NotFound("No such order")
    return await own_ticket(session, made, actor=actor)


async def reply(session: AsyncSession, ticket_id: UUID, words: str, *, actor: Actor) -> RowMapping:
    """Say more; what waited for it, or was thought to be resolved, goes on.

    Raises `NotFound` and `IllegalTicketTransition`.
    """
    repository = TicketRepository(session)
    row = await _locked(repository, ticket_id, actor)
    after = replied(TicketState(row["state"]))
    if after != row["state"]:
        await repository.move(ticket_id, after)
    await repository.say(ticket_id, "reply", actor=actor.principal, is_public=True, words=words)
    return await own_ticket(session, ticket_id, actor=actor)


async def rate(session: AsyncSession, ticket_id: UUID, rating: int, *, actor: Actor) -> RowMapping:
    """Say once, from 1 to 5, how well it was resolved.

    Raises `NotFound`, `IllegalTicketTransition` before it is, `AlreadyRated`.
    """
    repository = TicketRepository(session)
    row = await _locked(repository, ticket_id, actor)
    if TicketState(row["state"]) not in RATEABLE:
        raise IllegalTicketTransition("It is not resolved", current=row["state"], action="rate")
    if row["rating"] is not None:
        raise AlreadyRated("Once is all", rating=row["rating"])
    await repository.rate(ticket_id, rating)
    return await own_ticket(session, ticket_id, actor=actor)


async def own_ticket(session: AsyncSession, ticket_id: UUID, *, actor: Actor) -> RowMapping:
    """Raises `NotFound`."""
    row = await TicketRepository(session).find(ticket_id, member_id=actor.id)
    if row is None:
        raise NotFound("No such ticket")
    return row


async def own_entries(session: AsyncSession, ticket_id: UUID) -> Sequence[RowMapping]:
    """What the shopper may read of a ticket, oldest first."""
    return await TicketRepository(session).entries(ticket_id, is_staff=False)


async def list_own(
    session: AsyncSession, *, actor: Actor, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """The shopper's tickets, newest first."""
    wanted = TicketFilter(member_id=actor.id)
    return await TicketRepository(session).page(wanted, after=after, limit=limit)


async def _locked(repository: TicketRepository, ticket_id: UUID, actor: Actor) -> RowMapping:
    row = await repository.locked(ticket_id, member_id=actor.id)
    if row is None:
        raise NotFound("No such ticket")
    return row
