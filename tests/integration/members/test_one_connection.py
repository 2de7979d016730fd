"""Signing in holds one connection at a time, and none while a password is hashed."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import build_engine, build_sessions, read_only, unit_of_work
from app.core.security import passwords as hashing
from app.core.settings import DatabaseSettings
from app.main import Resources, create_app
from tests.app import http_client
from tests.factories.members import bearer, make_guest

AUTH = "/api/v1/auth"
BODY = {"email": "lin@example.com", "password": "correct horse"}


@pytest.fixture
async def narrow(fresh_url: str) -> AsyncIterator[AsyncEngine]:
    """One connection, and no patience."""
    engine = build_engine(DatabaseSettings(url=fresh_url, pool_timeout_seconds=0.5), pool_size=1)
    yield engine
    await engine.dispose()


@pytest.fixture
async def client(resources: Resources, narrow: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(replace(resources, sessions=build_sessions(narrow), readers=read_only(narrow)))
    async with http_client(app) as client:
        yield client


async def test_one_connection_is_enough(client: httpx.AsyncClient, narrow: AsyncEngine) -> None:
    async with unit_of_work(build_sessions(narrow)) as session:
        guest = await bearer(session, await make_guest(session))
    tokens = (await client.post(f"{AUTH}/register", json=BODY, headers=guest)).json()
    sent = {"Authorization": f"Bearer {tokens['access_token']}"}
    change = {"current_password": BODY["password"], "password": "better horse"}
    assert (await client.get("/api/v1/me", headers=sent)).status_code == 200
    answer = await client.post(f"{AUTH}/password", json=change, headers=sent)
    assert answer.status_code == 204
    login = {"login": BODY["email"], "password": "better horse"}
    tokens = (await client.post(f"{AUTH}/login", json=login)).json()
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert (await client.post(f"{AUTH}/refresh", json=refresh)).status_code == 200
    assert (await client.post(f"{AUTH}/logout", headers=sent)).status_code == 204


async def test_no_transaction_is_open_while_a_password_is_hashed(
    client: httpx.AsyncClient, narrow: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy: list[int] = []
    run = hashing.Passwords._run

    async def watched(self: hashing.Passwords, work: object) -> object:
        busy.append(narrow.pool.checkedout())  # type: ignore[attr-defined]
        return await run(self, work)  # type: ignore[arg-type]

    monkeypatch.setattr(hashing.Passwords, "_run", watched)
    tokens = (await client.post(f"{AUTH}/register", json=BODY)).json()
    sent = {"Authorization": f"Bearer {tokens['access_token']}"}
    login = {"login": BODY["email"], "password": BODY["password"]}
    await client.post(f"{AUTH}/login", json=login)
    change = {"current_password": BODY["password"], "password": "better horse"}
    await client.post(f"{AUTH}/password", json=change, headers=sent)
    assert busy == [0] * 4


async def test_a_refused_guess_is_counted_although_the_request_fails(
    client: httpx.AsyncClient, narrow: AsyncEngine
) -> None:
    wanted = {"email": BODY["email"], "purpose": "login"}
    assert (await client.post(f"{AUTH}/codes", json=wanted)).status_code == 202
    guess = {"email": BODY["email"], "code": "000000"}
    statuses = [(await client.post(f"{AUTH}/login/code", json=guess)).status_code for _ in range(2)]
    async with narrow.connect() as connection:
        tries = await connection.scalar(text("SELECT tries FROM one_time_codes"))
    assert statuses == [422, 422]
    assert tries == 2
