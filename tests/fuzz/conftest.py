"""A running server on a database of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.conftest import clone
from tests.fuzz.serving import Headers, Target, make_callers, serving, without_limits


@pytest.fixture(scope="module")
async def database_url() -> AsyncIterator[str]:
    async for url in clone():
        yield url


@pytest.fixture(scope="module")
async def callers(database_url: str) -> dict[str, Headers]:
    return await make_callers(database_url)


@pytest.fixture(scope="module")
def target(database_url: str, callers: dict[str, Headers]) -> Iterator[Target]:
    with serving(without_limits(database_url)) as url:
        yield Target(url, callers)
