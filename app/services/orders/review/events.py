"""Facts of reviews."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.services.orders.events import OrderEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReviewOpened(OrderEvent):
    """An order waits for people; by `due_at`, if rules say so."""

    name: ClassVar[str] = "orders.review_opened.v1"

    review_id: UUID
    priority: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReviewOverdue(OrderEvent):
    """Nobody decided about it in time; said once."""

    name: ClassVar[str] = "orders.review_overdue.v1"

    review_id: UUID
    due_at: datetime
    claimed_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReviewDecided(OrderEvent):
    """`outcome` is `passed` by rules, `approved` by people, or `rejected` by either."""

    name: ClassVar[str] = "orders.review_decided.v1"

    review_id: UUID
    outcome: str
    decided_by: str
