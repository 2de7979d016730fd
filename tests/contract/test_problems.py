"""Every failure becomes a document with the right status; nothing about it leaks."""

import asyncio
import json

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.db import build_sessions
from app.core.errors import DomainError
from app.core.settings import HttpSettings
from app.main import Resources
from app.routers.middleware import Edge, Metrics
from app.routers.problems.document import problem_body
from app.routers.problems.errors import Busy
from tests.app import application
from tests.contract.tiny import tiny_app

THINGS = "/api/v1/things"


def slug(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["type"].removeprefix("/problems/"))


async def test_a_document_says_what_where_and_which_request(things: httpx.AsyncClient) -> None:
    answer = await things.get("/api/v1/nothing", headers={"x-request-id": "trace-0001"})
    assert answer.status_code == 404
    assert answer.json() == {
        "type": "/problems/not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is nothing at this address",
        "instance": "/api/v1/nothing",
        "request_id": "trace-0001",
    }


@pytest.mark.parametrize(
    ("accepted", "title"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "未找到"),
        ("zh", "未找到"),
        ("en-GB,en;q=0.9,zh;q=0.8", "Not found"),
        ("fr, zh-TW;q=0.5", "未找到"),
        ("en;q=0.1, zh;q=0.2", "未找到"),
        ("*", "Not found"),
        ("zh;q=x", "Not found"),
        ("", "Not found"),
    ],
)
async def test_titles_follow_accept_language(
    things: httpx.AsyncClient, accepted: str, title: str
) -> None:
    answer = await things.get("/nothing", headers={"accept-language": accepted})
    assert answer.json()["title"] == title


async def test_an_unknown_method_is_told_the_known_ones(things: httpx.AsyncClient) -> None:
    answer = await things.delete(THINGS)
    assert (answer.status_code, slug(answer)) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST"


SQL = {
    "invalid": ("SELECT 1/0", 422, "invalid-request"),
    "too-big": ("SELECT CAST(9999999999 AS integer)", 422, "invalid-request"),
    "unique": (
        "INSERT INTO jobs (name, due_at) VALUES ('a', now()), ('a', now())",
        409,
        "already-exists",
    ),
    "foreign": (
        "INSERT INTO staff_roles (staff_id, role_id) VALUES (gen_random_uuid(), gen_random_uuid())",
        422,
        "invalid-reference",
    ),
    "check": ("DO $$ BEGIN RAISE check_violation; END $$", 409, "constraint-violated"),
    "exclusion": ("DO $$ BEGIN RAISE exclusion_violation; END $$", 409, "constraint-violated"),
    "serialize": ("DO $$ BEGIN RAISE serialization_failure; END $$", 503, "contention"),
    "deadlock": ("DO $$ BEGIN RAISE deadlock_detected; END $$", 503, "contention"),
    "locked": ("DO $$ BEGIN RAISE lock_not_available; END $$", 409, "busy"),
    "canceled": ("DO $$ BEGIN RAISE query_canceled; END $$", 503, "database-unavailable"),
    "shutdown": ("DO $$ BEGIN RAISE admin_shutdown; END $$", 503, "database-unavailable"),
    "lost": ("DO $$ BEGIN RAISE connection_failure; END $$", 503, "database-unavailable"),
    "full": ("DO $$ BEGIN RAISE disk_full; END $$", 503, "database-unavailable"),
}


@pytest.mark.parametrize("name", SQL)
async def test_f13_f16_a_failing_statement_is_answered_by_its_state(
    things: httpx.AsyncClient, tiny: FastAPI, name: str
) -> None:
    statement, status, expected = SQL[name]
    tiny.state.statements[name] = statement
    answer = await things.post(f"{THINGS}/sql/{name}")
    assert (answer.status_code, slug(answer)) == (status, expected)
    assert ("retry-after" in answer.headers) == (status == 503 or name == "locked")
    assert statement not in answer.text


async def test_a_session_for_reading_refuses_writes(
    fresh_engine, readers, settings, messages
) -> None:
    app = application(
        Resources(
            settings=settings,
            sessions=build_sessions(fresh_engine),
            readers=readers,
            messages=messages,
            gateways={},
        ),
        tiny_app,
    )
    app.state.statements = {"write": "INSERT INTO jobs (name, due_at) VALUES ('x', now())"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as client:
        answer = await client.get(f"{THINGS}/sql-read/write")
        assert answer.status_code == 503
    async with fresh_engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM jobs")) == 0


ERRORS = {
    "bug": (RuntimeError("password=hunter2"), 500, "internal-error"),
    "value": (ValueError("hunter2"), 500, "internal-error"),
    "pool": (PoolTimeout("hunter2"), 503, "overloaded"),
    "interface": (InterfaceError("SELECT", {}, Exception("hunter2")), 503, "database-unavailable"),
    "operational": (OperationalError("S", {}, OSError("hunter2")), 503, "database-unavailable"),
    "unknown": (DBAPIError("SELECT", {}, Exception("hunter2")), 500, "internal-error"),
    "timeout": (TimeoutError("hunter2"), 503, "database-unavailable"),
    "reset": (ConnectionResetError("hunter2"), 503, "database-unavailable"),
    "deep": (RecursionError("hunter2"), 400, "bad-request"),
    "unicode": (UnicodeEncodeError("utf-8", "hunter2", 0, 1, "no"), 400, "bad-request"),
    "group": (ExceptionGroup("hunter2", [ValueError()]), 500, "internal-error"),
}


@pytest.mark.parametrize("name", ERRORS)
async def test_whatever_an_endpoint_raises_is_answered(tiny: FastAPI, name: str) -> None:
    error, status, expected = ERRORS[name]
    tiny.state.errors[name] = error
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(tiny), base_url="http://test"
    ) as client:
        answer = await client.get(f"{THINGS}/boom/{name}")
    assert (answer.status_code, slug(answer)) == (status, expected)
    assert "hunter2" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_failure_after_the_start_is_not_hidden(tiny: FastAPI) -> None:
    """Half an answer cannot be turned into a problem: the server must cut the connection."""

    async def half(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("half")

    edge = Edge(half, settings=HttpSettings(), metrics=Metrics())
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [],
        "app": tiny,
    }
    with pytest.raises(RuntimeError, match="half"):
        await edge(scope, _nothing, _nowhere)


def test_context_json_cannot_carry_is_left_out() -> None:
    scope = {"path": "/x", "headers": [], "state": {"request_id": "r"}}
    for value in (2**80, "\ud800", float("nan"), {1, 2}, object()):
        found = json.loads(problem_body(scope, Busy("Try later", thing=value, status=999)))
        assert found["status"] == 409
        assert found["type"] == "/problems/busy"


def test_every_slug_is_its_own_and_titled_twice() -> None:
    def below(kind: type[DomainError]):
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    kinds = list(below(DomainError))
    assert len({kind.slug for kind in kinds}) == len(kinds)
    assert all(kind.title and kind.title_zh for kind in kinds)


async def _nothing():
    await asyncio.Event().wait()


async def _nowhere(message):
    return None
