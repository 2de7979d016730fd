"""Rate limits count attempts per network, whatever becomes of them."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.settings import DatabaseSettings, HttpSettings, Settings
from app.services.system import limits

LIMITED = "/api/v1/things/limited"


@pytest.fixture
def settings() -> Settings:
    return Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"), http=HttpSettings()
    )


async def test_the_third_request_of_two_is_refused(things: httpx.AsyncClient) -> None:
    answers = [await things.post(LIMITED, json={"name": "x"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [204, 204, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert {answer.headers["ratelimit-limit"] for answer in answers} == {"2"}
    refused = answers[2]
    assert refused.json()["type"] == "/problems/too-many-requests"
    assert 1 <= int(refused.headers["retry-after"]) <= 30


async def test_a_request_that_fails_counts_too(things: httpx.AsyncClient) -> None:
    answers = [await things.post(LIMITED, json={"nonsense": 1}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 429]


async def test_a_network_is_one_caller(tiny: FastAPI) -> None:
    async def ask(ip: str) -> int:
        transport = httpx.ASGITransport(tiny, client=(ip, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            forged = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9"}
            return (await client.post(LIMITED, json={"name": "x"}, headers=forged)).status_code

    same = ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:1::3"]
    assert [await ask(ip) for ip in same] == [204, 204, 429]
    assert await ask("2001:db8:0:2::1") == 204
    assert [await ask(ip) for ip in ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1")] == [
        204,
        204,
        429,
    ]
    assert await ask("192.0.2.2") == 204


async def test_a_bucket_fills_up_again(session) -> None:
    for _ in range(2):
        await limits.take(session, "k", 2, 1.0)
    with pytest.raises(limits.TooManyRequests) as refused:
        await limits.take(session, "k", 2, 1.0)
    assert refused.value.retry_after_seconds == 1
    await session.execute(text("UPDATE rate_limits SET updated_at = updated_at - interval '1 s'"))
    assert (await limits.take(session, "k", 2, 1.0)).remaining == 0
    await session.execute(text("UPDATE rate_limits SET updated_at = updated_at - interval '1 h'"))
    assert (await limits.take(session, "k", 2, 1.0)).remaining == 1


async def test_f17_a_clock_that_jumped_back_takes_nothing_away(session) -> None:
    await limits.take(session, "k", 3, 1.0)
    await session.execute(text("UPDATE rate_limits SET updated_at = now() + interval '1 hour'"))
    assert (await limits.take(session, "k", 3, 1.0)).remaining == 1


async def test_parallel_requests_get_no_more_than_the_bucket_holds(fresh_engine) -> None:
    sessions = build_sessions(fresh_engine)

    async def ask() -> bool:
        try:
            async with unit_of_work(sessions) as session:
                await limits.take(session, "k", 5, 0.001)
        except limits.TooManyRequests:
            return False
        return True

    assert sum(await asyncio.gather(*(ask() for _ in range(40)))) == 5


async def test_untouched_buckets_are_swept(session) -> None:
    await limits.take(session, "old", 2, 1.0)
    await session.execute(text("UPDATE rate_limits SET updated_at = now() - interval '2 days'"))
    await limits.take(session, "new", 2, 1.0)
    assert await limits.sweep(session) == 1
