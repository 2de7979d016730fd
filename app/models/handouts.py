"""Goods handed out without money: to whom, why, at whose cost, and who agreed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.handouts import HandoutState
from app.core.enums.orders import OrderKind
from app.models.base import Code, Currency, JsonList, Minor, Versioned


class Handout(Versioned):
    """A list of recipients, each of whom becomes an order of `kind` that costs nothing.

    `recipients` are `[{address, note, lines: [{sku_id, quantity}]}]`; the order of the n-th has the
    reference `<number>/<n>`. `cost_minor` is what the goods cost to buy when it was made, of what
    nobody knows the cost what they list for. With `needs_second` somebody else has to approve it.
    """

    __tablename__ = "handouts"
    __table_args__ = (
        CheckConstraint("kind <> 'sale'", name="no_sale"),
        CheckConstraint("cost_minor >= 0", name="cost_minor_not_negative"),
        CheckConstraint("jsonb_array_length(recipients) > 0", name="for_somebody"),
        CheckConstraint("(state = 'waiting') = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint(
            "state <> 'approved' OR NOT needs_second OR decided_by <> made_by",
            name="approved_by_another",
        ),
        Index("ix_handouts_waiting", "id", postgresql_where=text("state = 'waiting'")),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[OrderKind]
    state: Mapped[HandoutState]
    reason: Mapped[str] = mapped_column(String(200))
    cost_centre: Mapped[Code] = mapped_column(ForeignKey("cost_centres.code"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    currency: Mapped[Currency]
    cost_minor: Mapped[Minor]
    needs_second: Mapped[bool]
    recipients: Mapped[JsonList]
    made_by: Mapped[str] = mapped_column(String(128))
    decided_by: Mapped[str | None] = mapped_column(String(128))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None] = mapped_column(String(200))
