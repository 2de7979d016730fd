"""Orders of companies for many recipients: the document and its rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.group_orders import GroupPayment, GroupRowState
from app.models.base import Base, Json, JsonList, Minor, Versioned, not_negative


class GroupOrder(Versioned):
    """One buyer, one contract. `prices` are what pieces cost by SKU, in minor units.

    A row may name prices of its own, up to `rows_below_bps` below those, or below list prices where
    the contract names none. `contract` and `reason` say why. `sha256` is of the file its rows came
    from. Goods of rows are held as `group:<hold_id>` until `held_until`. Rows were last asked to be
    placed at `queued_at`. `deposit_minor` came by transfer, and pays no order yet.
    """

    __tablename__ = "group_orders"
    __table_args__ = (
        Index("ix_group_orders_member_id", "member_id", "id"),
        Index("ix_group_orders_deposit", "id", postgresql_where=text("deposit_minor > 0")),
        *not_negative("deposit_minor"),
        CheckConstraint("rows_below_bps BETWEEN 0 AND 10000", name="rows_below_bps_is_a_share"),
        CheckConstraint("(hold_id IS NULL) = (held_until IS NULL)", name="holds_for_a_time"),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    title: Mapped[str] = mapped_column(String(200))
    contract: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(200))
    prices: Mapped[Json]
    rows_below_bps: Mapped[int] = mapped_column(server_default="0")
    invoice: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    payment: Mapped[GroupPayment]
    sha256: Mapped[str | None] = mapped_column(String(64))
    created_by: Mapped[str] = mapped_column(String(128))
    hold_id: Mapped[UUID | None]
    held_until: Mapped[datetime | None]
    queued_at: Mapped[datetime | None]
    deposit_minor: Mapped[Minor] = mapped_column(server_default="0")


class GroupOrderRow(Base):
    """A recipient, by the number of the row in the sheet. One that is placed has its one order.

    Its goods are among those the group holds while it `is_held`. It was placed, or refused, at
    `settled_at`.
    """

    __tablename__ = "group_order_rows"
    __table_args__ = (
        UniqueConstraint("order_id"),
        CheckConstraint("(state = 'placed') = (order_id IS NOT NULL)", name="placed_has_order"),
        CheckConstraint("(state = 'failed') = (problem IS NOT NULL)", name="failed_says_why"),
        CheckConstraint(
            "(state = 'invalid') = (jsonb_array_length(faults) > 0)", name="invalid_says_why"
        ),
        CheckConstraint(
            "NOT is_held OR state IN ('ready', 'failed', 'queued')", name="holds_for_orders_to_come"
        ),
        Index(
            "ix_group_order_rows_queued",
            "group_id",
            "position",
            postgresql_where=text("state = 'queued'"),
        ),
    )

    group_id: Mapped[UUID] = mapped_column(ForeignKey("group_orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[Json]
    faults: Mapped[JsonList]
    state: Mapped[GroupRowState]
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    is_held: Mapped[bool] = mapped_column(server_default="false")
    settled_at: Mapped[datetime | None]
