"""The service behind a real socket, as `shop serve` has it, with short patience and a shop."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.protocol import Protocol
from app.core.db import build_engine
from tests.conftest import clone, patient
from tests.fuzz.serving import make_callers, serving, without_limits
from tests.integration.server.speaking import Address

MOST_CONNECTIONS = 40


class Hasty(Protocol):
    head_seconds = 0.5
    body_seconds = 0.5


@pytest.fixture(scope="module")
async def database_url() -> AsyncIterator[str]:
    async for url in clone():
        await make_callers(url)
        yield url


@pytest.fixture(scope="module")
def served(database_url: str) -> Iterator[Address]:
    settings = without_limits(database_url)
    with serving(settings, http=Hasty, limit_concurrency=MOST_CONNECTIONS) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        yield host, int(port)


@pytest.fixture
async def beside(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Another connection to the database the service uses."""
    engine = build_engine(patient(database_url))
    yield engine
    await engine.dispose()
