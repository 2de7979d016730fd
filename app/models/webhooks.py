"""Webhooks to merchants: what happened, where it is told, and what became of telling it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.webhooks import AttemptError, DeliveryState, DisabledReason, EndpointState
from app.models.base import Base, Json, Name, Versioned, not_negative


class WebhookFeed(Base):
    """Events of one merchant, from when it first had an endpoint.

    Whoever adds one moves `last_position` and so keeps the row until the commit: positions are
    taken without gaps and become visible in their order, so that a reader who goes on after the
    last one it saw skips none.
    """

    __tablename__ = "webhook_feeds"
    __table_args__ = (*not_negative("last_position"),)

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    last_position: Mapped[int] = mapped_column(BigInteger, server_default="0")
    opened_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class WebhookEvent(Base):
    """A fact as a merchant is told it. `message_id` is the one of the outbox it was made of.

    `told_to` is to how many endpoints it went when it was new.
    """

    __tablename__ = "webhook_events"
    __table_args__ = (
        UniqueConstraint("merchant_id", "position"),
        UniqueConstraint("merchant_id", "message_id"),
        Index("ix_webhook_events_created_at", "created_at"),
        CheckConstraint("position > 0", name="position_positive"),
        *not_negative("told_to"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_feeds.merchant_id"))
    position: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[UUID]
    type: Mapped[str] = mapped_column(String(64))
    ordering_key: Mapped[str] = mapped_column(String(128))
    occurred_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    data: Mapped[Json]
    told_to: Mapped[int] = mapped_column(SmallInteger)


class WebhookEndpoint(Versioned):
    """Where a merchant's system is told. Secrets are sealed for this row.

    `old_secret` signs as well until `old_secret_until`. Nothing reached it since `failing_since`.
    `told_at` is when `email` was told that it is disabled. A deleted one is kept as long as its
    deliveries.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint(
            "(state = 'disabled') = (reason IS NOT NULL)", name="disabled_for_a_reason"
        ),
        CheckConstraint(
            "(old_secret IS NULL) = (old_secret_until IS NULL)", name="old_secret_until_when"
        ),
        CheckConstraint("cardinality(event_types) > 0", name="told_something"),
        Index(
            "ix_webhook_endpoints_merchant_id",
            "merchant_id",
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_webhook_endpoints_untold",
            "id",
            postgresql_where=text("state = 'disabled' AND told_at IS NULL AND email IS NOT NULL"),
        ),
    )

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_feeds.merchant_id"))
    name: Mapped[Name]
    url: Mapped[str] = mapped_column(Text)
    event_types: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    email: Mapped[str | None] = mapped_column(String(254))
    state: Mapped[EndpointState] = mapped_column(server_default="active")
    reason: Mapped[DisabledReason | None]
    note: Mapped[str | None] = mapped_column(String(200))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class WebhookDelivery(Base):
    """Telling one endpoint of one event. `attempts` counts those that began.

    While somebody is at it `leased_until` lies ahead; what was leased and not finished is due again
    then. `position` and `ordering_key` are those of the event.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint(
            "(state = 'delivered') = (delivered_at IS NOT NULL)", name="delivered_at_some_time"
        ),
        CheckConstraint(
            "state <> 'delivered' OR coalesce(status, 0) BETWEEN 200 AND 299",
            name="delivered_is_2xx",
        ),
        *not_negative("attempts"),
        Index(
            "ix_webhook_deliveries_due",
            "endpoint_id",
            "next_attempt_at",
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_webhook_deliveries_order",
            "endpoint_id",
            "ordering_key",
            "position",
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_webhook_deliveries_event_id", "event_id"),
    )

    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoints.id"), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(
        ForeignKey("webhook_events.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(BigInteger)
    ordering_key: Mapped[str] = mapped_column(String(128))
    state: Mapped[DeliveryState] = mapped_column(server_default="pending")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    leased_until: Mapped[datetime | None]
    attempted_at: Mapped[datetime | None]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    error: Mapped[AttemptError | None]
    delivered_at: Mapped[datetime | None]
