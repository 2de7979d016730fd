"""Tickets: exceptions of orders, complaints and suggestions."""

from app.repositories.orders.tickets import TicketFilter
from app.services.orders.engine.tickets import IllegalTicketTransition
from app.services.orders.tickets.shopper import (
    AlreadyRated,
    TooManyTickets,
    complain,
    list_own,
    own_entries,
    own_ticket,
    rate,
    reply,
)
from app.services.orders.tickets.work import (
    OpenTicket,
    act_on,
    answer,
    get_ticket,
    list_tickets,
    open_for_parcel,
    open_ticket,
    ticket_entries,
)

__all__ = [
    "AlreadyRated",
    "IllegalTicketTransition",
    "OpenTicket",
    "TicketFilter",
    "TooManyTickets",
    "act_on",
    "answer",
    "complain",
    "get_ticket",
    "list_own",
    "list_tickets",
    "open_for_parcel",
    "open_ticket",
    "own_entries",
    "own_ticket",
    "rate",
    "reply",
    "ticket_entries",
]
