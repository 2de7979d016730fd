"""An endpoint that is told what happens in the audited shop, and corruptions of that."""

from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.ids import new_id
from app.repositories.system.outbox import OutboxRepository
from app.services import system, webhooks
from app.services.merchants.events import ApiKeyExposed
from app.services.system.outbox import ClaimedMessage
from tests.factories.webhooks import make_endpoint

_ONE = "(SELECT id FROM webhook_events ORDER BY position LIMIT 1)"

WEBHOOK_CORRUPTIONS = [
    (
        "UPDATE webhook_events SET position = position + 1 WHERE position > 1",
        "numbered without gaps",
    ),
    ("UPDATE webhook_feeds SET last_position = last_position + 1", "numbered without gaps"),
    (f"DELETE FROM webhook_deliveries WHERE event_id = {_ONE}", "for each endpoint that wanted"),
    ("UPDATE webhook_events SET message_id = id", "that listens is in its feed"),
    (
        f"UPDATE webhook_deliveries SET ordering_key = 'x' WHERE event_id = {_ONE}",
        "in its place",
    ),
    (
        (
            "UPDATE webhook_deliveries SET state = 'pending', delivered_at = NULL,"
            " next_attempt_at = now() - interval '1 hour'"
        ),
        "endpoint that answers is sent",
    ),
]


async def listen(lin) -> None:
    """The shop's own system hears of two keys; it was there for long."""
    merchant_id = lin.shop.merchant.id
    async with unit_of_work(lin.sessions) as session:
        await make_endpoint(session, merchant_id, event_types=["api_key.exposed"])
        for table, column in (("feeds", "opened_at"), ("endpoints", "updated_at")):
            long_ago = f"UPDATE webhook_{table} SET {column} = now() - interval '1 hour'"
            await session.execute(text(long_ago))
        exposed = (ApiKeyExposed(api_key_id=new_id(), merchant_id=merchant_id) for _ in "12")
        await system.publish(session, *exposed)
    async with unit_of_work(lin.sessions) as session:
        found = await session.execute(
            text(
                "SELECT id, created_at, name, ordering_key, payload, attempts FROM outbox"
                " WHERE name = :name ORDER BY seq"
            ),
            {"name": ApiKeyExposed.name},
        )
        for row in found.all():
            message = ClaimedMessage(*row)
            await webhooks.tell(session, message)
            await OutboxRepository(session).delivered(message)
        await session.execute(
            text(
                "UPDATE webhook_deliveries SET state = 'delivered', delivered_at = now(),"
                " status = 204"
            )
        )
