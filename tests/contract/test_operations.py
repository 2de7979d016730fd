"""What load balancers, monitoring and readers of the documents ask."""

import re
import signal
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.asgi import drain_on_sigterm
from app.core.db import build_sessions
from app.core.settings import DatabaseSettings, HttpSettings, Settings
from app.main import Resources
from app.routers.readiness import Readiness
from tests.app import application, http_client
from tests.contract.tiny import tiny_app


@pytest.fixture
async def live(
    settings: Settings, fresh_engine: AsyncEngine, fresh_url: str, messages
) -> AsyncIterator[FastAPI]:
    settings = settings.model_copy(update={"database": DatabaseSettings(url=fresh_url)})
    sessions = build_sessions(fresh_engine)
    app = application(
        Resources(
            settings=settings, sessions=sessions, readers=sessions, messages=messages, gateways={}
        ),
        tiny_app,
    )
    yield app
    await app.state.readiness.close()


@pytest.fixture
async def monitor(live: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with http_client(live) as client:
        yield client


async def test_a_ready_process_says_so(monitor: httpx.AsyncClient) -> None:
    answer = await monitor.get("/readyz")
    assert answer.json() == {
        "status": "ready",
        "draining": False,
        "database": True,
        "migrated": True,
        "outbox_lag_seconds": 0,
    }
    assert answer.status_code == 200


async def test_a_draining_process_is_not_ready_but_alive(
    monitor: httpx.AsyncClient, live: FastAPI
) -> None:
    live.state.readiness.drain()
    assert (await monitor.get("/readyz")).status_code == 503
    assert (await monitor.get("/healthz")).status_code == 200


def test_f25_the_first_sigterm_drains_before_the_server_stops(settings: Settings) -> None:
    readiness = Readiness(settings.database)
    seen: list[bool] = []
    before = signal.signal(signal.SIGTERM, lambda *_: seen.append(readiness.is_draining))
    try:
        drain_on_sigterm(readiness)
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == [True]


async def test_an_older_database_is_not_ready_and_a_newer_one_is(
    monitor: httpx.AsyncClient, fresh_engine: AsyncEngine
) -> None:
    for revision, status in (("0001_system", 503), ("9999_later", 200)):
        async with fresh_engine.begin() as connection:
            await connection.execute(
                text("UPDATE alembic_version SET version_num = :new"), {"new": revision}
            )
        assert (await monitor.get("/readyz")).status_code == status


async def test_f4_health_does_not_need_the_pool(monitor: httpx.AsyncClient, live: FastAPI) -> None:
    live.state.readiness.settings = DatabaseSettings(url="postgresql+asyncpg://x@127.0.0.1:1/x")
    answer = await monitor.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] is False
    assert (await monitor.get("/healthz")).json() == {"status": "ok"}


async def test_metrics_count_by_template(monitor: httpx.AsyncClient) -> None:
    for number in range(3):
        await monitor.get(f"/api/v1/things/0198c5f0-0000-7000-8000-00000000000{number}")
    await monitor.get("/some/path/nobody/has")
    found = (await monitor.get("/metrics")).text
    labels = r'method="GET",route="/api/v1/things/\{thing_id\}",status="200"'
    line = rf"stoa_requests_total\{{{labels}\}} (\d+)"
    assert int(float(re.search(line, found)[1])) >= 3
    assert 'route="unmatched"' in found
    assert "nobody" not in found
    for name in ("stoa_request_seconds_bucket", "stoa_pool_in_use", "stoa_outbox_lag_seconds"):
        assert name in found


async def test_docs_need_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    csp = page.headers["content-security-policy"]
    assert "script-src 'self';" in csp
    assert "//" not in page.text.replace("<!doctype html>", "")
    assert not re.search(r"<script>|onload=|javascript:", page.text)
    for audience in ("storefront", "admin", "merchant"):
        assert f'<option value="{audience}">' in page.text
        document = await client.get(f"/openapi/{audience}.json")
        assert document.json()["openapi"] == "3.1.0"
    for name in re.findall(r'(?:src|href)="(docs/[^"]+)"', page.text):
        asset = await client.get(f"/{name}")
        assert asset.status_code == 200
        assert len(asset.content) > 100


@pytest.mark.parametrize("path", ["/docs/../main.py", "/docs/__init__.py", "/openapi/x.json"])
async def test_only_known_files_are_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


class TestSwitchedOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(
            database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
            http=HttpSettings(docs_enabled=False, metrics_enabled=False),
        )

    @pytest.mark.parametrize(
        "path", ["/docs", "/docs/swagger-ui.css", "/openapi/admin.json", "/metrics"]
    )
    async def test_nothing_is_there(self, client: httpx.AsyncClient, path: str) -> None:
        assert (await client.get(path)).status_code == 404
