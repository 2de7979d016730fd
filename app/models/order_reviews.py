"""Rules that look at orders before they leave, the queue of those held, and the blacklist."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.order_reviews import BlacklistKind, OrderReviewState, ReviewEffect
from app.models.base import Code, Entity, Json, JsonList, Name, Versioned

ENDED = "state IN ('passed', 'approved', 'rejected', 'withdrawn')"
QUEUED = "state IN ('open', 'claimed', 'second')"


class OrderReviewRule(Versioned):
    """Passes, holds or rejects orders of which every condition holds, and labels them.

    `priority` orders the reasons; `order_priority` is what the order gets. `sla_minutes` is how
    soon people have to decide, `needs_two` that two of them have to agree.
    """

    __tablename__ = "order_review_rules"
    __table_args__ = (
        CheckConstraint("effect IN ('pass', 'hold', 'reject')", name="known_effect"),
        CheckConstraint("priority BETWEEN 0 AND 1000", name="priority_range"),
        CheckConstraint("order_priority BETWEEN 0 AND 1000", name="order_priority_range"),
        CheckConstraint("sla_minutes > 0", name="sla_positive"),
        Index("ix_order_review_rules_enabled", "priority", postgresql_where=text("is_enabled")),
    )

    name: Mapped[Name]
    reason_zh: Mapped[Name]
    reason_en: Mapped[Name]
    effect: Mapped[ReviewEffect]
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="100")
    conditions: Mapped[Json]
    labels: Mapped[list[str]] = mapped_column(ARRAY(String(64)), server_default=text("'{}'"))
    order_priority: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    sla_minutes: Mapped[int | None]
    needs_two: Mapped[bool] = mapped_column(server_default=text("false"))
    is_enabled: Mapped[bool] = mapped_column(server_default=text("true"))


class OrderReview(Versioned):
    """One per order, made with the hold that keeps it, in the statement that pays for the order.

    Where every rule only labels it is made without one: `is_holding` is false.
    `phone` and `address_key` (without blanks and punctuation) find orders that are alike.
    `due_at` is when people should have decided, `overdue_at` when it was said that they did not.
    """

    __tablename__ = "order_reviews"
    __table_args__ = (
        CheckConstraint(
            "(state = 'claimed') = (claimed_by IS NOT NULL)"
            " AND (claimed_by IS NULL) = (claimed_until IS NULL)",
            name="claimed_by_somebody",
        ),
        CheckConstraint(f"({ENDED}) = (closed_at IS NOT NULL)", name="closed_when_decided"),
        CheckConstraint(
            "state <> 'second' OR first_approved_by IS NOT NULL", name="second_after_a_first"
        ),
        CheckConstraint(
            "state <> 'approved' OR NOT needs_two"
            " OR (first_approved_by IS NOT NULL AND first_approved_by <> closed_by)",
            name="two_people_agree",
        ),
        Index("ix_order_reviews_due", "id", postgresql_where=text("state = 'due'")),
        Index("ix_order_reviews_queue", text("(- priority)"), "id", postgresql_where=text(QUEUED)),
        # What is over is most of all: each of its states is read by itself, as far as a page goes.
        Index(
            "ix_order_reviews_ended",
            "state",
            text("(- priority)"),
            "id",
            postgresql_where=text(ENDED),
        ),
        Index("ix_order_reviews_member", "member_id", "created_at"),
        Index("ix_order_reviews_phone", "phone", "created_at"),
        Index("ix_order_reviews_address", text("md5(address_key)"), "created_at"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), unique=True)
    member_id: Mapped[UUID]
    state: Mapped[OrderReviewState] = mapped_column(server_default="due")
    phone: Mapped[str | None] = mapped_column(String(32))
    address_key: Mapped[str | None] = mapped_column(Text)
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    reasons: Mapped[JsonList] = mapped_column(server_default=text("'[]'"))
    risk: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    needs_two: Mapped[bool] = mapped_column(server_default=text("false"))
    is_holding: Mapped[bool] = mapped_column(server_default=text("true"))
    due_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(128))
    claimed_until: Mapped[datetime | None]
    first_approved_by: Mapped[str | None] = mapped_column(String(128))
    closed_by: Mapped[str | None] = mapped_column(String(128))
    closed_for: Mapped[str | None] = mapped_column(String(200))
    closed_at: Mapped[datetime | None]


class OrderReviewEvent(Entity):
    """What happened to a review, and what people noted. Append-only."""

    __tablename__ = "order_review_events"

    review_id: Mapped[UUID] = mapped_column(ForeignKey("order_reviews.id"), index=True)
    member_id: Mapped[UUID]
    kind: Mapped[Code]
    actor: Mapped[str | None] = mapped_column(String(128))
    words: Mapped[str | None] = mapped_column(String(500))
    data: Mapped[Json] = mapped_column(server_default=text("'{}'"))


class BlacklistEntry(Entity):
    """Members, phones and addresses whose orders rules may look at.

    `value` is a member's id, a phone number in E.164, or a part of an address without blanks and
    punctuation.
    """

    __tablename__ = "order_blacklist"
    __table_args__ = (
        CheckConstraint("kind IN ('member', 'phone', 'address')", name="known_kind"),
        CheckConstraint("value <> ''", name="says_something"),
        Index("uq_order_blacklist_value", "kind", "value", unique=True),
    )

    kind: Mapped[BlacklistKind]
    value: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(200))
    added_by: Mapped[str] = mapped_column(String(128))
