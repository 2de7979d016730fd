"""Who did what is written with the change and cannot be rewritten unnoticed."""

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.context import RequestContext, enter
from app.core.db import Sessions, build_sessions
from app.core.enums.scopes import Scope
from app.services import system
from tests.factories.staff import bearer, make_staff


@pytest.fixture
def real(fresh_engine: AsyncEngine) -> Sessions:
    return build_sessions(fresh_engine)


async def note(sessions: Sessions, *numbers: int) -> None:
    async with sessions.begin() as session:
        for number in numbers:
            await system.record(session, None, "tests.do", "thing", number, {"n": number})


async def tamper(sessions: Sessions, *statements: str) -> None:
    """Change the log as somebody with the owner's rights could."""
    async with sessions.begin() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            await session.execute(text(statement))


async def faults(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        return await system.seals.verify(session)


async def test_an_intact_log_verifies(real: Sessions) -> None:
    assert await system.seals.seal(real) is None
    for numbers in ((1, 2, 3), (4,), (5, 6)):
        await note(real, *numbers)
        sealed = await system.seals.seal(real)
        assert sealed.row_count == len(numbers)
    assert await system.seals.seal(real) is None
    await note(real, 7)
    assert await faults(real) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE operation_log SET principal = 'x' WHERE object_id = '2'", "a row was changed"),
        ("UPDATE operation_log SET changes = '{}' WHERE object_id = '3'", "a row was changed"),
        ("DELETE FROM operation_log WHERE object_id = '2'", "2 rows where 3 were sealed"),
        ("DELETE FROM operation_log WHERE object_id = '4'", "0 rows where 1 were sealed"),
        ("DELETE FROM operation_log_seals WHERE row_count = 1", "a seal before it is missing"),
        (
            """INSERT INTO operation_log (id, seq, principal, action, object_kind, object_id)
            SELECT gen_random_uuid(), 2, 'x', 'x', 'x', 'x'""",
            "4 rows where 3 were sealed",
        ),
    ],
)
async def test_a_changed_log_does_not(real: Sessions, statement: str, said: str) -> None:
    for numbers in ((1, 2, 3), (4,), (5, 6)):
        await note(real, *numbers)
        await system.seals.seal(real)
    await tamper(real, statement)
    assert said in " ".join(await faults(real))


async def test_a_row_committed_late_is_sealed_later_not_missed(real: Sessions) -> None:
    """A writer under way makes the seal wait, and give up, rather than step over its number."""
    async with real() as slow:
        await system.record(slow, None, "tests.slow", "thing", 1)
        with pytest.raises(Exception, match="lock timeout"):
            await system.seals.seal(real)
        await slow.commit()
    await note(real, 2)
    assert (await system.seals.seal(real)).row_count == 2
    assert await faults(real) == []


async def test_the_log_names_caller_request_and_address(session: AsyncSession) -> None:
    enter(RequestContext("request-1", "192.0.2.7"))
    await system.record(session, None, "tests.do", "thing", "x", {"before": 1, "after": 2})
    row = (await session.execute(text("SELECT * FROM operation_log"))).one()
    assert (row.request_id, row.ip, row.principal) == ("request-1", "192.0.2.7", "service")
    assert row.changes == {"before": 1, "after": 2}


class TestStaff:
    @pytest.fixture
    async def reader(self, session: AsyncSession) -> dict[str, str]:
        staff = await make_staff(session, scopes=[Scope.SYSTEM_READ])
        headers = await bearer(session, staff)
        await session.commit()
        return headers

    @pytest.fixture
    async def writer(self, session: AsyncSession) -> dict[str, str]:
        staff = await make_staff(session, scopes=[Scope.SYSTEM_READ, Scope.SYSTEM_WRITE])
        headers = await bearer(session, staff)
        await session.commit()
        return headers

    async def test_the_log_is_read_in_pages(
        self, client: httpx.AsyncClient, sessions: Sessions, reader: dict[str, str]
    ) -> None:
        await note(sessions, 1, 2, 3)
        path, seen, after = "/api/v1/admin/operation-log?action=tests.do&limit=2", [], ""
        while after is not None:
            page = (await client.get(f"{path}{after}", headers=reader)).json()
            seen += [item["object_id"] for item in page["items"]]
            after = page["next_after"] and f"&after={page['next_after']}"
        assert seen == ["3", "2", "1"]
        none = await client.get("/api/v1/admin/operation-log?object_id=9", headers=reader)
        assert none.json() == {"items": [], "next_after": None}

    async def test_a_parked_message_is_delivered_again(
        self,
        client: httpx.AsyncClient,
        sessions: Sessions,
        session: AsyncSession,
        reader: dict[str, str],
        writer: dict[str, str],
    ) -> None:
        await session.execute(
            text(
                "INSERT INTO outbox (id, name, ordering_key, payload, state, attempts, last_error)"
                " VALUES (gen_random_uuid(), 'a.b.v1', 'k', '{}', 'parked', 8, 'RuntimeError')"
            )
        )
        await session.commit()
        (item,) = (await client.get("/api/v1/admin/outbox", headers=reader)).json()["items"]
        assert (item["state"], item["last_error"]) == ("parked", "RuntimeError")
        retry = f"/api/v1/admin/outbox/{item['id']}/retry"
        assert (await client.post(retry, headers=reader)).status_code == 403
        assert (await client.post(retry, headers=writer)).status_code == 204
        assert (await client.post(retry, headers=writer)).status_code == 404
        listed = await client.get("/api/v1/admin/outbox?state=pending", headers=reader)
        assert [each["attempts"] for each in listed.json()["items"]] == [0]
        log = await client.get("/api/v1/admin/operation-log?object_kind=outbox", headers=reader)
        assert [each["action"] for each in log.json()["items"]] == ["system.retry-message"]

    async def test_nobody_else_reads_it(self, client: httpx.AsyncClient) -> None:
        for path in ("/api/v1/admin/outbox", "/api/v1/admin/operation-log"):
            answer = await client.get(path)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
