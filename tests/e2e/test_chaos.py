"""A small sample of `make chaos`: some crash points of a checkout, some lost answers to COMMIT."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bench.chaos.field import Field, Options
from bench.chaos.links import lose_commits
from bench.chaos.points import matrix
from bench.chaos.proxy import Proxy
from bench.chaos.victims import Preloaded
from bench.seed import make_shop
from bench.server import Database

POINTS, LOSSES = 6, 20


@dataclass(frozen=True)
class Borrowed:
    """The server of the tests, where the harness would have one of its own."""

    database: str
    port: Path | int

    def url(self, _name: str, *, port: int | None = None) -> str:
        """The test's database, directly or through what listens on `port`."""
        if port is None:
            return self.database
        url = make_url(self.database)
        return f"postgresql+asyncpg://{url.username}@127.0.0.1:{port}/{url.database}"


@pytest.fixture
async def field(fresh_url: str, tmp_path: Path) -> Field:
    server = make_url(os.environ["TEST_SERVER_URL"])
    folder = server.query.get("host")
    port = int(server.query.get("port", server.port or 5432))
    upstream = Path(str(folder)) / f".s.PGSQL.{port}" if folder else port
    shop = await make_shop(Database(fresh_url), spus=40, buyers=24, browsers=0)
    options = Options(seed=1, buyers=6, workers=1, kills=0, losses=LOSSES)
    return Field(options, Borrowed(fresh_url, upstream), shop, tmp_path)  # type: ignore[arg-type]


async def test_f8_killed_around_statements_of_a_checkout(field: Field) -> None:
    """Before and after each COMMIT, and at some others: once, whatever the moment."""
    async with matrix(field) as crashing:
        assert await crashing.walk("checkout", POINTS, field.lots()) == []
        assert crashing.deaths >= POINTS
        verdict = await field.judge(crashing.port)
    assert (verdict.breaches, field.audited) == ([], "")


async def test_f9_answers_to_commits_are_lost(field: Field) -> None:
    """What was committed and not heard of is there once when it is asked for again."""
    link = Proxy(field.server.port, field.lots(), skips=6)
    await link.start()
    victims = field.victims(database_port=link.port)
    preloaded = Preloaded(victims.environment, field.folder)
    try:
        preloaded.start()
        preloaded.serve(victims.port)
        preloaded.work()
        async with field.shopping(victims.port):
            await lose_commits(link, LOSSES)
        verdict = await field.judge(victims.port)
    finally:
        preloaded.stop()
        await link.stop()
    assert link.answers_lost >= LOSSES
    assert (verdict.breaches, field.audited) == ([], "")
