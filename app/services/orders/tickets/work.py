"""Opening tickets and working on them, as staff do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.shipping import HoldKind, ShipmentState
from app.core.enums.tickets import TicketAction, TicketKind, TicketState
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id, new_number
from app.repositories.orders.tickets import TicketFilter, TicketRepository
from app.services import system
from app.services.orders.engine.tickets import ENDED, IllegalTicketTransition, act, patience
from app.services.orders.shipping import HoldOrder, hold, lift
from app.services.orders.shipping.holds import BY_ITSELF

_PARCELS = {
    ShipmentState.LOST: (TicketKind.LOST, "Parcel {} is lost"),
    ShipmentState.REFUSED: (TicketKind.REFUSED, "Parcel {} was refused"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    """What somebody has to look after, and what it is about."""

    kind: TicketKind
    subject: str
    words: str | None = None
    order_id: UUID | None = None
    member_id: UUID | None = None
    shipment_id: UUID | None = None
    return_id: UUID | None = None
    cause: str | None = None


async def open_ticket(session: AsyncSession, command: OpenTicket, *, actor: Actor) -> RowMapping:
    """A ticket of staff's; without an order it names the member. Raises `InvalidReference`."""
    if command.order_id is None and command.member_id is None:
        raise InvalidReference("Say whose it is", field="order_id")
    made = await add(session, command, opened_by=actor.principal)
    if made is None:
        raise InvalidReference("There is no such order or parcel", field="order_id")
    await system.record(session, actor, "orders.open_ticket", "order_ticket", made)
    return await get_ticket(session, made)


async def add(
    session: AsyncSession, command: OpenTicket, *, opened_by: str, owner_id: UUID | None = None
) -> UUID | None:
    """Open a ticket; None where what it is about is not there, or its cause opened one before."""
    repository = TicketRepository(session)
    made = await repository.add(
        {
            "id": new_id(),
            "number": new_number("T", now()),
            "kind": command.kind,
            "order_id": command.order_id,
            "member_id": command.member_id,
            "owner_id": owner_id,
            "shipment_id": command.shipment_id,
            "return_id": command.return_id,
            "cause": command.cause,
            "subject": command.subject,
            "opened_by": opened_by,
            "seconds": patience(command.kind).total_seconds(),
        }
    )
    if made is not None:
        is_public = owner_id is not None
        await repository.say(
            made, "opened", actor=opened_by, is_public=is_public, words=command.words
        )
    return made


async def open_for_parcel(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """A parcel that is lost or was refused is somebody's business: a ticket, once for each."""
    found = _PARCELS.get(ShipmentState(payload["state"]))
    if found is None:
        return
    kind, subject = found
    command = OpenTicket(
        kind=kind,
        subject=subject.format(payload["shipment_number"]),
        order_id=UUID(str(payload["order_id"])),
        shipment_id=UUID(str(payload["shipment_id"])),
        cause=f"shipment:{payload['shipment_id']}:{payload['state']}",
    )
    await add(session, command, opened_by=BY_ITSELF)


async def act_on(
    session: AsyncSession,
    ticket_id: UUID,
    action: TicketAction,
    *,
    version: int,
    actor: Actor,
    words: str | None = None,
) -> RowMapping:
    """Do something with a ticket; one that is resolved holds its order no longer.

    Raises `NotFound`, `StaleVersion`, `IllegalTicketTransition`; `InvalidReference` where there is
    no order to hold.
    """
    repository = TicketRepository(session)
    row = await _locked(repository, ticket_id, version)
    after = act(TicketState(row["state"]), action)
    if action is TicketAction.HOLD:
        await _hold(session, row, actor)
    elif (action is TicketAction.RELEASE or after in ENDED) and row["order_id"] is not None:
        await lift(session, row["order_id"], HoldKind.EXCEPTION, str(ticket_id), actor=actor)
    assignee_id = actor.id if action is TicketAction.CLAIM else None
    await repository.move(ticket_id, after, assignee_id=assignee_id)
    await repository.say(ticket_id, action, actor=actor.principal, is_public=False, words=words)
    changes = {"from": row["state"], "to": after.value}
    await system.record(
        session, actor, f"orders.ticket_{action}", "order_ticket", ticket_id, changes
    )
    return await get_ticket(session, ticket_id)


async def answer(
    session: AsyncSession, ticket_id: UUID, words: str, *, is_public: bool, actor: Actor
) -> RowMapping:
    """Staff say something, to the shopper or among themselves.

    Raises `NotFound` and, for what is closed, `IllegalTicketTransition`.
    """
    repository = TicketRepository(session)
    row = await repository.locked(ticket_id)
    if row is None:
        raise NotFound("No such ticket")
    if row["state"] == TicketState.CLOSED:
        raise IllegalTicketTransition("It is closed", current=row["state"], action="reply")
    await repository.say(
        ticket_id, "reply", actor=actor.principal, is_public=is_public, words=words
    )
    return await get_ticket(session, ticket_id)


async def get_ticket(session: AsyncSession, ticket_id: UUID) -> RowMapping:
    """Raises `NotFound`."""
    row = await TicketRepository(session).find(ticket_id)
    if row is None:
        raise NotFound("No such ticket")
    return row


async def ticket_entries(session: AsyncSession, ticket_id: UUID) -> Sequence[RowMapping]:
    """All that was said and done, oldest first."""
    return await TicketRepository(session).entries(ticket_id, is_staff=True)


async def list_tickets(
    session: AsyncSession, wanted: TicketFilter, *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """Tickets, newest first."""
    return await TicketRepository(session).page(wanted, after=after, limit=limit)


async def _locked(repository: TicketRepository, ticket_id: UUID, version: int) -> RowMapping:
    row = await repository.locked(ticket_id)
    if row is None:
        raise NotFound("No such ticket")
    if row["version"] != version:
        raise StaleVersion("Read it again", version=row["version"])
    return row


async def _hold(session: AsyncSession, row: RowMapping, actor: Actor) -> None:
    if row["order_id"] is None:
        raise InvalidReference("It is about no order", field="order_id")
    command = HoldOrder(
        order_id=row["order_id"],
        kind=HoldKind.EXCEPTION,
        reason=row["subject"],
        reference=str(row["id"]),
    )
    await hold(session, command, actor=actor)
