"""What the entry points share: settings become resources, and resources are closed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.adapters.carriers import build_carriers
from app.adapters.egress import GuardedClient
from app.adapters.gateways import build_gateways
from app.adapters.invoicing import build_invoice_provider
from app.adapters.messages import ConsoleMessages, NoMessages
from app.adapters.resources import Resources
from app.core.db import build_reading_engine, build_sessions, build_writing_engine
from app.core.settings import Environment, Settings


@asynccontextmanager
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    """Pools and adapters of one process, closed at the end."""
    made = build(settings)
    try:
        yield made
    finally:
        await close(made)


def build(settings: Settings) -> Resources:
    """Nothing is connected yet: pools connect when they are used."""
    # The console shows codes to whoever reads the log; there is no provider's adapter yet.
    is_private = settings.environment is Environment.PRODUCTION
    return Resources(
        settings=settings,
        sessions=build_sessions(build_writing_engine(settings.database)),
        readers=build_sessions(build_reading_engine(settings.database)),
        messages=NoMessages() if is_private else ConsoleMessages(),
        gateways=build_gateways(settings),
        invoices=build_invoice_provider(settings),
        carriers=build_carriers(settings),
        webhooks=GuardedClient(
            settings.webhooks.egress(is_production=is_private),
            timeout_seconds=settings.webhooks.timeout_seconds,
            parallel=settings.webhooks.parallel,
        ),
    )


async def close(made: Resources) -> None:
    for sessions in (made.sessions, made.readers):
        await sessions.kw["bind"].dispose()
    for gateway in made.gateways.values():
        await gateway.aclose()
    for carrier in made.carriers.values():
        await carrier.aclose()
    for each in (made.invoices, made.webhooks):
        if each is not None:
            await each.aclose()
