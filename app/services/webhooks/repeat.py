"""Reading what was told, and having it told again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.webhooks import DeliveryState
from app.core.errors import DomainError, NotFound
from app.core.ids import new_id
from app.core.json import dump
from app.repositories.webhooks import (
    DeliveryRepository,
    FeedRepository,
    ListedDelivery,
    ListedEvent,
    NewEvent,
)
from app.services import system
from app.services.webhooks.endpoints import get_endpoint, own
from app.services.webhooks.engine.facts import Trial, may_hear

REPLAYED = 1_000
"""Events one replay makes due; the next one goes on after the last of them."""
TESTS_PER_MINUTE = 10


class UnknownEvent(DomainError):
    """It was never in the merchant's feed, or is older than what is kept."""

    slug, title, title_zh = "unknown-event", "No such event is kept", "事件不存在或已过期"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Replayed:
    """`last_event_id` is where the next replay goes on; None when there was nothing."""

    queued: int
    last_event_id: UUID | None


async def list_deliveries(
    session: AsyncSession,
    endpoint_id: UUID,
    state: DeliveryState | None,
    *,
    actor: Actor,
    after: UUID | None,
    limit: int,
) -> Sequence[ListedDelivery]:
    """Deliveries to one endpoint, of the newest event first, one more if there are more."""
    row = await get_endpoint(session, endpoint_id, actor=actor)
    wanted = None if state is None else state.value
    return await DeliveryRepository(session).page(row.id, wanted, after=after, limit=limit)


async def redeliver(
    session: AsyncSession, endpoint_id: UUID, event_id: UUID, *, actor: Actor
) -> None:
    """Have one event told again, as if for the first time. Raises `NotFound`."""
    row = await own(session, endpoint_id, actor)
    if not await DeliveryRepository(session).again(row.id, event_id):
        raise NotFound("No such delivery")
    await system.record(
        session, actor, "webhooks.redeliver", "webhook", row.id, {"event_id": str(event_id)}
    )


async def replay(
    session: AsyncSession, endpoint_id: UUID, since: UUID | datetime, *, actor: Actor
) -> Replayed:
    """Have events after one, or from a time on, told again in their order, up to 1,000.

    Those of the types the endpoint is told of, also from before it was there. Raises `NotFound`,
    `UnknownEvent`.
    """
    row = await own(session, endpoint_id, actor)
    deliveries = DeliveryRepository(session)
    position = await _position(deliveries, row.merchant_id, since)
    types = sorted(set(row.event_types) & set(may_hear(actor.scopes)))
    told, last_id = await deliveries.replay(
        row.merchant_id, row.id, position, types, limit=REPLAYED
    )
    await system.record(
        session, actor, "webhooks.replay", "webhook", row.id, {"since": str(since), "queued": told}
    )
    return Replayed(told, last_id)


async def read_events(
    session: AsyncSession, merchant_id: UUID, *, actor: Actor, after: UUID | None, limit: int
) -> Sequence[ListedEvent]:
    """Events of a merchant after one it knows, oldest first, one more than `limit` if there are.

    Only what the caller may hear. None is skipped: what becomes visible later comes later.
    Raises `UnknownEvent`.
    """
    deliveries = DeliveryRepository(session)
    position = 0 if after is None else await _position(deliveries, merchant_id, after)
    return await deliveries.events(merchant_id, position, may_hear(actor.scopes), limit=limit + 1)


async def send_test(sessions: Sessions, endpoint_id: UUID, *, actor: Actor) -> UUID:
    """Put an event of type `webhook.test` on its way to one endpoint; its id.

    Raises `NotFound`, and `TooManyRequests` after ten a minute.
    """
    async with unit_of_work(sessions) as session:
        await system.limits.take(
            session, f"webhook-test:{endpoint_id}", TESTS_PER_MINUTE, TESTS_PER_MINUTE / 60
        )
    async with unit_of_work(sessions) as session:
        row = await own(session, endpoint_id, actor)
        event_id = new_id()
        event = NewEvent(
            id=event_id,
            merchant_id=row.merchant_id,
            message_id=event_id,
            type=Trial.type,
            ordering_key=f"webhook:{row.id}",
            occurred_at=clock.now(),
            data=dump({"endpoint_id": str(row.id)}),
            only=row.id,
        )
        await FeedRepository(session).add(event)
    return event_id


async def _position(
    deliveries: DeliveryRepository, merchant_id: UUID, since: UUID | datetime
) -> int:
    if isinstance(since, datetime):
        return await deliveries.position_at(merchant_id, since)
    position = await deliveries.position_of(merchant_id, since)
    if position is None:
        raise UnknownEvent("Begin with a time, or without a cursor")
    return position
