"""A merchant, its endpoint that really listens, and the worker's way to it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from app.adapters.egress import GuardedClient
from app.core.db import Sessions, build_sessions, unit_of_work
from app.core.security.egress import LOOPBACK, Egress
from app.core.webhook_settings import WebhookSettings
from app.models.merchants import Merchant
from app.services import webhooks
from app.services.webhooks.ports import WebhookPort
from tests.factories.merchants import make_merchant
from tests.factories.webhooks import PEPPER, make_due
from tests.fakes.receiver import Receiver, receiving

SETTINGS = WebhookSettings(parallel=8)


@pytest.fixture
def real(fresh_engine: AsyncEngine) -> Sessions:
    return build_sessions(fresh_engine)


@pytest.fixture
async def merchant(session) -> Merchant:
    return await make_merchant(session)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def port() -> AsyncIterator[GuardedClient]:
    made = GuardedClient(Egress(LOOPBACK), timeout_seconds=5, parallel=8)
    yield made
    await made.aclose()


@dataclass
class Sender:
    """What a worker does in one round, one delivery after the other."""

    sessions: Sessions
    port: WebhookPort

    async def round(self) -> list[UUID]:
        """Deliver what is due now; the ids of the events that were tried, in order."""
        claimed = await webhooks.claim(self.sessions, SETTINGS, room=8, failing=0)
        for each in claimed:
            await webhooks.deliver(self.sessions, self.port, PEPPER, each)
        return [each.event_id for each in claimed]

    async def later(self) -> list[UUID]:
        """The same when every wait is over."""
        async with unit_of_work(self.sessions) as session:
            await make_due(session)
        return await self.round()


@pytest.fixture
def sender(sessions: async_sessionmaker, port: WebhookPort) -> Sender:
    return Sender(sessions, port)
