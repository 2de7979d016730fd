"""Tickets: exceptions of orders, complaints and suggestions, and what was said about them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.tickets import TicketKind, TicketState
from app.models.base import Entity, Versioned

LIVE = "state IN ('open', 'in_progress', 'waiting')"


class OrderTicket(Versioned):
    """Something somebody has to look after until `due_at`.

    `cause` names the fact that opened it, so that it opens one. `return_id` is the return it is
    about, wherever returns are kept.
    """

    __tablename__ = "order_tickets"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        CheckConstraint("(rating IS NULL) = (rated_at IS NULL)", name="rated_when_rated"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when_closed"),
        CheckConstraint(
            "(state IN ('resolved', 'closed')) = (resolved_at IS NOT NULL)",
            name="resolved_when_resolved",
        ),
        CheckConstraint("shipment_id IS NULL OR order_id IS NOT NULL", name="parcel_of_an_order"),
        Index("ix_order_tickets_live", "due_at", "id", postgresql_where=text(LIVE)),
        Index("ix_order_tickets_order_id", "order_id"),
        Index("ix_order_tickets_member_id", "member_id", "id"),
        Index("ix_order_tickets_assignee_id", "assignee_id", "id"),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[TicketKind]
    state: Mapped[TicketState] = mapped_column(server_default="open")
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    member_id: Mapped[UUID]
    shipment_id: Mapped[UUID | None] = mapped_column(ForeignKey("shipments.id"))
    return_id: Mapped[UUID | None]
    cause: Mapped[str | None] = mapped_column(String(128), unique=True)
    subject: Mapped[str] = mapped_column(String(200))
    opened_by: Mapped[str] = mapped_column(String(128))
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    due_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    rated_at: Mapped[datetime | None]


class TicketEntry(Entity):
    """What somebody said or did about a ticket; shoppers see the public ones. Append-only."""

    __tablename__ = "ticket_entries"
    __table_args__ = (Index("ix_ticket_entries_ticket_id", "ticket_id", "id"),)

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("order_tickets.id"))
    member_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(32))
    is_public: Mapped[bool]
    actor: Mapped[str] = mapped_column(String(128))
    text: Mapped[str | None] = mapped_column(String(2000))
