"""From a message of the outbox to events of the merchants it concerns."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.json import dump
from app.repositories.webhooks import FeedRepository, NewEvent
from app.services import system
from app.services.webhooks.engine.facts import BY_SOURCE, Fact, Whose, data_of


async def tell(session: AsyncSession, message: system.outbox.ClaimedMessage) -> None:
    """Add what `message` says to the feeds of whom it concerns, and its deliveries.

    Within the transaction in which the message is delivered, so once; merchants without an
    endpoint have no feed. Call it last: feeds are locked after everything else.
    """
    fact = BY_SOURCE.get(message.name)
    if fact is None:
        return
    feeds = FeedRepository(session)
    data = dump(data_of(fact, message.payload))
    for merchant_id in await _concerned(feeds, fact, message.payload):
        await feeds.add(
            NewEvent(
                id=new_id(),
                merchant_id=merchant_id,
                message_id=message.id,
                type=fact.type,
                ordering_key=message.ordering_key,
                occurred_at=message.created_at,
                data=data,
            )
        )


async def _concerned(
    feeds: FeedRepository, fact: type[Fact], payload: Mapping[str, Any]
) -> Sequence[UUID]:
    match fact.whose:
        case Whose.ORDER:
            return await feeds.of_order(UUID(payload["order_id"]))
        case Whose.REFUND:
            return await feeds.of_refund(payload["number"])
        case Whose.SKU:
            return await feeds.of_sku(UUID(payload["sku_id"]))
        case Whose.NAMED:
            named = payload["merchant_id"]
            return [] if named is None else await feeds.named(UUID(named))
