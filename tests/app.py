"""Fixtures of the application over ASGI, loaded as a plugin by conftest.py."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.core.db import Sessions
from app.core.logging import configure_logging
from app.core.settings import DatabaseSettings, HttpSettings, Settings
from app.main import Resources, create_app
from app.routers.readiness import Readiness
from tests.contract.documented import documented

# Quiet: what the service logs is tested where it matters.
configure_logging("critical")


@dataclass
class Outbox:
    """The message port of the tests: keeps what would have been sent."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)

    async def send(self, *, destination: str, kind: str, text: str) -> None:
        self.sent.append((destination, kind, text))

    def last_to(self, destination: str) -> str:
        """The text sent last to `destination`."""
        return next(text for to, _, text in reversed(self.sent) if to == destination)


@pytest.fixture
def messages() -> Outbox:
    return Outbox()


@pytest.fixture
def settings() -> Settings:
    """Limits are off, so that tests may ask as often as they like; limit tests switch them on."""
    return Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
        http=HttpSettings(rate_limits_enabled=False),
    )


@pytest.fixture
def resources(settings: Settings, sessions: Sessions, messages: Outbox) -> Resources:
    """Reads and writes share the test's one connection, so reads see what is not committed."""
    return Resources(
        settings=settings, sessions=sessions, readers=sessions, messages=messages, gateways={}
    )


_built: dict[str, FastAPI] = {}


def application(
    resources: Resources, build: Callable[[Resources], FastAPI] = create_app
) -> FastAPI:
    """The application over `resources`. Built once per HTTP configuration: building is slow."""
    name = f"{build.__module__}.{build.__name__}:{resources.settings.http.model_dump_json()}"
    if name not in _built:
        _built[name] = build(resources)
    app = _built[name]
    app.state.resources = resources
    app.state.readiness = Readiness(
        resources.settings.database,
        patience_seconds=10,  # the machine of a test may be busy with others
    )
    return app


@pytest.fixture
def app(resources: Resources) -> FastAPI:
    return application(resources)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The real application; answering with an undeclared status fails the test."""
    async with http_client(app) as client:
        yield client


def http_client(app: FastAPI, **options: Any) -> httpx.AsyncClient:
    if not hasattr(app.state, "documented"):
        app.state.documented = documented(app)
    transport = httpx.ASGITransport(app.state.documented)
    return httpx.AsyncClient(transport=transport, base_url="http://test", **options)
