"""One intention, one effect: rows M16 to M21."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.main import Resources
from app.repositories.system.idempotency import Claimed, IdempotencyRepository
from app.services.system import idempotency
from app.services.system.idempotency import (
    IdempotencyInProgress,
    IdempotencyKeyReused,
    IdempotentRequest,
)
from tests.app import application
from tests.contract.tiny import tiny_app

ONCE = "/api/v1/things/once"
REQUEST = IdempotentRequest("storefront:1", "POST /x", "key", "f" * 64)


def key(value: str) -> dict[str, str]:
    return {"idempotency-key": value}


async def test_m20_a_repeat_gets_the_first_answer(things: httpx.AsyncClient, tiny: FastAPI) -> None:
    first = await things.post(ONCE, json={"name": "tea", "quantity": 1}, headers=key("k-1"))
    assert (first.status_code, first.json()) == (201, {"name": "tea", "quantity": 1})
    assert "idempotency-replayed" not in first.headers
    again = await things.post(ONCE, json={"quantity": 1, "name": "tea"}, headers=key('"k-1"'))
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotency-replayed"] == "true"
    assert tiny.state.runs == ["tea"]


async def test_m17_a_key_belongs_to_one_request(things: httpx.AsyncClient, tiny: FastAPI) -> None:
    await things.post(ONCE, json={"name": "tea"}, headers=key("k-1"))
    other = await things.post(ONCE, json={"name": "cup"}, headers=key("k-1"))
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert tiny.state.runs == ["tea"]


async def test_m17_path_parameters_are_part_of_the_request(things: httpx.AsyncClient) -> None:
    ids = [f"0198c5f0-0000-7000-8000-00000000000{n}" for n in (1, 2)]
    answers = [await things.post(f"/api/v1/things/{id_}/once", headers=key("k")) for id_ in ids]
    assert [answer.status_code for answer in answers] == [201, 422]


async def test_m18_callers_and_routes_have_keys_of_their_own(
    things: httpx.AsyncClient, tiny: FastAPI
) -> None:
    thing = "/api/v1/things/0198c5f0-0000-7000-8000-000000000001/once"
    answers = [
        await things.post(ONCE, json={"name": "tea"}, headers=key("k")),
        await things.post(ONCE, json={"name": "tea"}, headers=key("k") | {"x-actor": "other"}),
        await things.post(thing, headers=key("k")),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert not [answer for answer in answers if "idempotency-replayed" in answer.headers]


async def test_m19_a_key_is_required(things: httpx.AsyncClient, tiny: FastAPI) -> None:
    answer = await things.post(ONCE, json={"name": "tea"})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-missing")
    assert tiny.state.runs == []


@pytest.mark.parametrize("bad", ["", "x" * 65, "x" * 256, "a b", "é", '"a', "a;b", '""', "a\x00"])
async def test_m19_a_key_is_plain_and_short(things: httpx.AsyncClient, bad: str) -> None:
    headers = [(b"idempotency-key", bad.encode())]
    answer = await things.post(ONCE, json={"name": "tea"}, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-invalid")


async def test_m19_two_keys_are_none(things: httpx.AsyncClient) -> None:
    headers = [("idempotency-key", "a"), ("idempotency-key", "b")]
    answer = await things.post(ONCE, json={"name": "tea"}, headers=headers)
    assert answer.status_code == 422


async def test_a_refusal_is_not_kept(things: httpx.AsyncClient, tiny: FastAPI) -> None:
    first = await things.post(ONCE, json={"name": "refused"}, headers=key("k"))
    again = await things.post(ONCE, json={"name": "refused"}, headers=key("k"))
    assert (first.status_code, again.status_code) == (404, 201)
    assert len(tiny.state.runs) == 2


@pytest.fixture
def real(fresh_engine, settings, messages) -> FastAPI:
    sessions = build_sessions(fresh_engine)
    made = Resources(
        settings=settings, sessions=sessions, readers=sessions, messages=messages, gateways={}
    )
    app = application(made, tiny_app)
    app.state.runs = []
    return app


async def test_m16_fifty_at_once_run_once(real: FastAPI) -> None:
    transport = httpx.ASGITransport(real)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

        async def ask() -> httpx.Response:
            return await client.post(ONCE, json={"name": "tea"}, headers=key("k"))

        answers = await asyncio.gather(*(ask() for _ in range(50)))
    done = [answer for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert len(done) + len(waiting) == 50
    assert len([answer for answer in done if "idempotency-replayed" not in answer.headers]) == 1
    assert {answer.content for answer in done} == {b'{"name":"tea","quantity":1}'}
    for answer in waiting:
        assert answer.json()["type"] == "/problems/idempotency-in-progress"
        assert answer.headers["retry-after"] == "1"


async def test_f9_what_the_database_refuses_of_a_repeat_is_no_refusal(
    real: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim that sees nothing of an answer lets the work run into what is there already."""

    async def sees_nothing(*_: object) -> Claimed:
        return Claimed(is_locked=True, fingerprint=None, status=0, body=b"")

    transport = httpx.ASGITransport(real)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

        async def ask(name: str) -> tuple[int, str | None]:
            answer = await client.post(ONCE, json={"name": "impossible"}, headers=key(name))
            return answer.status_code, answer.json().get("type")

        assert await ask("k-1") == (201, None)
        monkeypatch.setattr(IdempotencyRepository, "claim", sees_nothing)
        assert await ask("k-1") == (409, "/problems/idempotency-in-progress")
        assert await ask("k-2") == (422, "/problems/invalid-request")


async def test_a_claim_under_way_is_refused_at_once(fresh_engine) -> None:
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as first:
        assert await idempotency.claim(first, REQUEST) is None
        async with unit_of_work(sessions) as second:
            with pytest.raises(IdempotencyInProgress):
                await idempotency.claim(second, REQUEST)
        await idempotency.store(first, REQUEST, status=201, body=b"{}")
    async with unit_of_work(sessions) as third:
        stored = await idempotency.claim(third, REQUEST)
    assert (stored.status, stored.body) == (201, b"{}")


async def test_a_repeat_that_looked_before_the_commit_stores_nothing(fresh_engine) -> None:
    """The look may be older than the lock; the row's key then refuses the second effect."""
    sessions = build_sessions(fresh_engine)
    async with sessions() as late:
        assert await idempotency.claim(late, REQUEST) is None
        await late.rollback()  # what it saw is old now: nothing was there and nobody had the lock
        async with unit_of_work(sessions) as first:
            assert await idempotency.claim(first, REQUEST) is None
            await idempotency.store(first, REQUEST, status=201, body=b"{}")
        with pytest.raises(IdempotencyInProgress):
            await idempotency.store(late, REQUEST, status=201, body=b"{}")
        await late.rollback()


async def test_what_was_answered_meanwhile_is_seen(fresh_engine) -> None:
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        await idempotency.require_unanswered(session, REQUEST)
        await idempotency.claim(session, REQUEST)
        await idempotency.store(session, REQUEST, status=201, body=b"{}")
    async with unit_of_work(sessions) as session:
        with pytest.raises(IdempotencyInProgress):
            await idempotency.require_unanswered(session, REQUEST)


async def test_m21_answers_are_forgotten_after_a_week(session) -> None:
    await idempotency.claim(session, REQUEST)
    await idempotency.store(session, REQUEST, status=201, body=b"{}")
    assert await idempotency.forget(session, older_than_days=7) == 0
    await session.execute(
        text("UPDATE idempotent_requests SET created_at = now() - interval '8 days'")
    )
    assert await idempotency.forget(session, older_than_days=7) == 1
    assert await idempotency.claim(session, REQUEST) is None


async def test_another_fingerprint_is_another_request(session) -> None:
    await idempotency.claim(session, REQUEST)
    await idempotency.store(session, REQUEST, status=201, body=b"{}")
    changed = IdempotentRequest(REQUEST.principal, REQUEST.route, REQUEST.key, "0" * 64)
    with pytest.raises(IdempotencyKeyReused):
        await idempotency.claim(session, changed)
