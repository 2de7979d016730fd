"""Replays of placed orders with other promotions. They write to no other table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.reports import ReplayState
from app.models.base import Base, Currency, Entity, Json, Minor

OPEN = "state IN ('queued', 'running')"


class Replay(Entity):
    """A replay and how far it has come.

    `request` is what was asked for, with the terms that are tried as they were then. Orders from
    `first_id` to `last_id` are replayed in order of id; `position` is the last one done. `result`
    holds the sums so far. `slot` is held while it is open, so that few are at a time. A worker
    that holds it until `lease_until` and is gone then has lost it.
    """

    __tablename__ = "replays"
    __table_args__ = (
        CheckConstraint("done >= 0 AND done <= total", name="done_within_total"),
        CheckConstraint(f"({OPEN}) = (slot IS NOT NULL)", name="slot_while_open"),
        CheckConstraint(f"({OPEN}) = (finished_at IS NULL)", name="finished_when_over"),
        Index("uq_replays_slot", "slot", unique=True, postgresql_where=text(OPEN)),
    )

    state: Mapped[ReplayState] = mapped_column(server_default="queued")
    slot: Mapped[int | None] = mapped_column(SmallInteger)
    requested_by: Mapped[str] = mapped_column(String(128))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    currency: Mapped[Currency]
    request: Mapped[Json]
    first_id: Mapped[UUID | None]
    last_id: Mapped[UUID | None]
    position: Mapped[UUID | None]
    total: Mapped[int | None]
    done: Mapped[int] = mapped_column(server_default="0")
    result: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    error: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ReplayOrder(Base):
    """An order that would change, uses something tried, or does not give its stored numbers.

    `before` and `after` are `[{promotion_id, amount_minor}]`; they and their payables are null for
    an order that could not be quoted. `why` says in what it does not reproduce.
    """

    __tablename__ = "replay_orders"
    __table_args__ = (
        CheckConstraint(
            "delta_minor IS NOT DISTINCT FROM after_minor - before_minor", name="delta_of_payables"
        ),
        CheckConstraint("before_minor IS NOT NULL OR why IS NOT NULL", name="quoted_or_why"),
        Index(
            "ix_replay_orders_delta",
            "replay_id",
            "delta_minor",
            "order_id",
            postgresql_where=text("is_changed"),
        ),
        Index(
            "ix_replay_orders_unreproduced",
            "replay_id",
            "order_id",
            postgresql_where=text("why IS NOT NULL"),
        ),
        Index(
            "ix_replay_orders_member",
            "replay_id",
            "member_id",
            postgresql_where=text("tried <> '{}'"),
        ),
    )

    replay_id: Mapped[UUID] = mapped_column(
        ForeignKey("replays.id", ondelete="CASCADE"), primary_key=True
    )
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(32))
    member_id: Mapped[UUID]
    placed_at: Mapped[datetime]
    is_changed: Mapped[bool]
    why: Mapped[str | None] = mapped_column(String(32))
    stored_minor: Mapped[Minor]
    before_minor: Mapped[Minor | None]
    after_minor: Mapped[Minor | None]
    delta_minor: Mapped[Minor | None]
    before: Mapped[list[Any] | None] = mapped_column(JSONB)
    after: Mapped[list[Any] | None] = mapped_column(JSONB)
    tried: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
