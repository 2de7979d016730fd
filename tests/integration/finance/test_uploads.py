"""A file that is handed in is read when its sender may, as it comes, and up to a limit."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.scopes import Scope
from app.routers.middleware import bodies
from tests.factories.staff import bearer, make_staff

FILE = "/api/v1/admin/finance/statements/sandbox/2026-11-20/trades"
CHUNK = b"x" * 1_024
LIMIT = 10 * len(CHUNK)


class Upload:
    """A body of `pieces`, which counts those that were asked for."""

    def __init__(self, pieces: int) -> None:
        self.pieces, self.read = pieces, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.pieces):
            self.read += 1
            yield CHUNK


@pytest.fixture(autouse=True)
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [
        bodies.BodyRule(each.prefix, LIMIT, each.is_json, each.is_streamed) for each in bodies.RAW
    ]
    monkeypatch.setattr(bodies, "RAW", rules)


async def test_nothing_is_read_of_a_stranger(client: httpx.AsyncClient) -> None:
    upload = Upload(5)
    answer = await client.put(FILE, content=upload)
    assert (answer.status_code, upload.read) == (401, 0)


async def test_nothing_is_read_of_who_may_not(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    upload = Upload(5)
    reader = await bearer(session, await make_staff(session, scopes=[Scope.FINANCE_READ]))
    answer = await client.put(FILE, content=upload, headers=reader)
    assert (answer.status_code, upload.read) == (403, 0)


async def test_no_more_is_read_than_the_limit(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    clerk = await bearer(session, await make_staff(session, scopes=[Scope.FINANCE_WRITE]))
    upload = Upload(1_000)
    answer = await client.put(FILE, content=upload, headers=clerk)
    assert answer.status_code == 413, answer.text
    assert answer.json()["type"] == "/problems/payload-too-large"
    assert upload.read == LIMIT // len(CHUNK) + 1
    stated = await client.put(FILE, content=CHUNK * 11, headers=clerk)
    assert stated.status_code == 413
