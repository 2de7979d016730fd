"""How many passwords may be tried, and that trying does not lock the owner out."""

from collections.abc import Callable
from http import HTTPStatus
from time import monotonic
from typing import TypeVar

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from app.core.db import Sessions
from app.core.security.keyring import Keyring
from app.core.security.passwords import Passwords
from app.core.settings import HttpSettings, Settings
from app.services import members, system
from tests.factories.members import make_member

LOGIN = "/api/v1/auth/login"
PASSWORD = "correct horse"
T = TypeVar("T")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"http": HttpSettings(rate_limits_enabled=True)})


def client_at(app: FastAPI, ip: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(ip, 1234))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def tries(client: httpx.AsyncClient, password: str, count: int) -> list[int]:
    body = {"login": "lin@example.com", "password": password}
    return [(await client.post(LOGIN, json=body)).status_code for _ in range(count)]


async def test_a31_strangers_are_stopped_and_the_owner_is_not(app: FastAPI) -> None:
    async with client_at(app, "192.0.2.1") as owner, client_at(app, "198.51.100.9") as stranger:
        body = {"email": "lin@example.com", "password": PASSWORD}
        assert (await owner.post("/api/v1/auth/register", json=body)).status_code == 201
        assert await tries(stranger, "wrong horse", 12) == [401] * 10 + [429] * 2
        assert await tries(stranger, PASSWORD, 1) == [429]
        assert await tries(owner, PASSWORD, 1) == [200]


async def test_a31_an_unknown_login_is_limited_in_the_same_way(app: FastAPI) -> None:
    async with client_at(app, "198.51.100.9") as stranger:
        assert await tries(stranger, "wrong horse", 11) == [401] * 10 + [429]


async def test_a31_a_network_that_tries_many_accounts_is_stopped(app: FastAPI) -> None:
    """Sixty at once, and one more for every second that the tries themselves take."""
    began, tried, status = monotonic(), 0, HTTPStatus.UNAUTHORIZED
    async with client_at(app, "2001:db8:1:2::1") as one, client_at(app, "2001:db8:1:2::9") as two:
        while status == HTTPStatus.UNAUTHORIZED and tried < 300:
            body = {"login": f"m{tried}@example.com", "password": "x"}
            status = (await (one, two)[tried % 2].post(LOGIN, json=body)).status_code
            tried += 1
    assert status == HTTPStatus.TOO_MANY_REQUESTS
    assert 60 <= tried - 1 <= 61 + monotonic() - began


async def test_a31_spelling_a_login_differently_does_not_help(app: FastAPI) -> None:
    spelled = ["lin@example.com", "LIN@example.com", "ｌｉｎ@example.com", " lin@example.com"] * 3
    async with client_at(app, "198.51.100.9") as stranger:
        answers = [
            (await stranger.post(LOGIN, json={"login": each, "password": "x"})).status_code
            for each in spelled
        ]
    assert answers == [401] * 10 + [429] * 2


class Counting(Passwords):
    """Counts the work done, which is what takes the time."""

    def __init__(self) -> None:
        super().__init__(1)
        self.done = 0

    @override
    async def _run(self, work: Callable[[], T]) -> T:
        self.done += 1
        return await super()._run(work)


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("lin@example.com", "wrong horse"),
        ("code@example.com", "wrong horse"),
        ("nobody@example.com", "wrong horse"),
        ("no address", "wrong horse"),
        ("lin@example.com", "short"),
        ("nobody@example.com", "x" * 500),
    ],
)
async def test_a29_every_refusal_costs_one_hash(
    session: AsyncSession, sessions: Sessions, login: str, password: str
) -> None:
    counting = Counting()
    gate = system.Gate(sessions, Keyring.of(Settings()), counting, is_limited=True)
    known = await counting.hash(PASSWORD)
    await make_member(session, email="lin@example.com", password_hash=known)
    await make_member(session, email="code@example.com")
    counting.done = 0
    with pytest.raises(system.LoginRefused):
        await members.check_password(
            gate, login=login, password=password, device=system.Device("192.0.2.1")
        )
    assert counting.done == 1
