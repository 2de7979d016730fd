"""Bank transfers that pay many orders of a group, and what goes back of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.group_orders import GroupTransferState, TransferKind
from app.models.base import Minor, Versioned


class GroupTransfer(Versioned):
    """Money of a company as one member of staff records it; another settles it.

    `reference` is the bank's number. What is confirmed is the group's deposit, from which its
    orders are paid one by one; what is `returned` is taken from it.
    """

    __tablename__ = "group_transfers"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("(state = 'recorded') = (settled_by IS NULL)", name="settled_by_somebody"),
        CheckConstraint("state = 'rejected' OR settled_by <> recorded_by", name="two_people"),
        Index(
            "uq_group_transfers_reference",
            "reference",
            unique=True,
            postgresql_where=text("state <> 'rejected'"),
        ),
        Index("ix_group_transfers_group_id", "group_id", "id"),
    )

    group_id: Mapped[UUID] = mapped_column(ForeignKey("group_orders.id"))
    kind: Mapped[TransferKind]
    amount_minor: Mapped[Minor]
    reference: Mapped[str] = mapped_column(String(128))
    state: Mapped[GroupTransferState] = mapped_column(server_default="recorded")
    reason: Mapped[str | None] = mapped_column(String(200))
    recorded_by: Mapped[str] = mapped_column(String(128))
    settled_by: Mapped[str | None] = mapped_column(String(128))
    settled_at: Mapped[datetime | None]
