"""Endpoints to test with, and events on their way to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.ids import new_id
from app.core.json import dump
from app.core.settings import SecretSettings
from app.models.webhooks import WebhookEndpoint
from app.repositories.webhooks import FeedRepository, NewEvent
from app.services.webhooks.secrets import new_secret, sealed

PEPPER = SecretSettings().pepper


async def make_endpoint(
    session: AsyncSession,
    merchant_id: UUID,
    *,
    url: str = "https://hooks.example.com/stoa",
    event_types: Sequence[str] = ("order.paid", "product.moved"),
    **overrides: Any,
) -> WebhookEndpoint:
    await FeedRepository(session).open(merchant_id)
    endpoint_id = new_id()
    values: dict[str, Any] = {
        "id": endpoint_id,
        "merchant_id": merchant_id,
        "name": "Warehouse system",
        "url": url,
        "event_types": list(event_types),
        "secret": sealed(PEPPER, endpoint_id, new_secret()),
    }
    row = WebhookEndpoint(**(values | overrides))
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row


async def tell(
    session: AsyncSession,
    merchant_id: UUID,
    *,
    about: str = "product:1",
    kind: str = "product.moved",
    at: datetime | None = None,
    **data: Any,
) -> UUID:
    """The id of a new event in the merchant's feed."""
    event_id = new_id()
    event = NewEvent(
        id=event_id,
        merchant_id=merchant_id,
        message_id=new_id(),
        type=kind,
        ordering_key=about,
        occurred_at=at or clock.now(),
        data=dump(data),
    )
    await FeedRepository(session).add(event)
    return event_id


async def delivery(session: AsyncSession, event_id: UUID) -> dict[str, Any]:
    """The one delivery of an event."""
    statement = text("SELECT * FROM webhook_deliveries WHERE event_id = :id")
    return dict((await session.execute(statement, {"id": event_id})).mappings().one())


async def make_due(session: AsyncSession) -> None:
    """Time has passed: every wait, and every lease, is over."""
    await session.execute(
        text(
            "UPDATE webhook_deliveries SET next_attempt_at = now() - interval '1 second',"
            " leased_until = leased_until - interval '1 hour' WHERE state = 'pending'"
        )
    )
