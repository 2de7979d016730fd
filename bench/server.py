"""A migrated database of the run's own: on an embedded server, or on the one of DATABASE__URL."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from app.cli.database import upgrade
from app.cli.embedded import embedded_server, socket_url
from app.core.ids import random_code
from app.core.settings import Settings

ROOT = Path(__file__).parent.parent
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True, slots=True)
class Database:
    """`url` is SQLAlchemy's name of the database, `dsn` everybody else's."""

    url: str

    @property
    def dsn(self) -> str:
        return self.url.replace("postgresql+asyncpg://", "postgresql://", 1)

    def settings(self) -> Settings:
        settings = Settings()
        part = settings.database.model_copy(update={"url": self.url})
        return settings.model_copy(update={"database": part})


@contextmanager
def fresh_database(*, is_timed: bool = True) -> Iterator[Database]:
    """Made, migrated, and gone afterwards.

    Where figures of time are taken it refuses a server that could lose what it confirmed; else
    it does not wait for disks.
    """
    os.chdir(ROOT)  # alembic.ini is found from here
    given = Settings().database.url
    if given is not None:
        with _own_database(given, is_timed=is_timed) as database:
            yield database
        return
    with (
        tempfile.TemporaryDirectory(prefix="stoa-bench-", ignore_cleanup_errors=True) as folder,
        embedded_server(Path(folder) / "postgres") as (socket_dir, port),
        _own_database(socket_url(socket_dir, "postgres", port=port), is_timed=is_timed) as database,
    ):
        yield database


@contextmanager
def _own_database(server: str, *, is_timed: bool) -> Iterator[Database]:
    name = f"stoa_bench_{random_code(6).lower()}"
    maintenance = Database(server)
    asyncio.run(run(maintenance, f"CREATE DATABASE {name}"))
    made = Database(make_url(server).set(database=name).render_as_string(hide_password=False))
    try:
        if is_timed:
            asyncio.run(_require_durable(made))
        else:
            asyncio.run(run(maintenance, f"ALTER DATABASE {name} SET synchronous_commit = off"))
        upgrade(made.settings())
        yield made
    finally:
        asyncio.run(run(maintenance, f"DROP DATABASE {name} WITH (FORCE)"))


async def run(database: Database, *statements: str) -> None:
    connection = await asyncpg.connect(database.dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def value(database: Database, query: str, *args: Any) -> Any:
    connection = await asyncpg.connect(database.dsn)
    try:
        return await connection.fetchval(query, *args)
    finally:
        await connection.close()


async def settle(database: Database) -> None:
    """Statistics are fresh, dead rows are gone and the last checkpoint is over."""
    await run(database, "VACUUM ANALYZE", "CHECKPOINT")


def audit(database: Database) -> str:
    """Run `shop audit`: nothing when every invariant holds, else what it says of the others."""
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "audit"],
        cwd=ROOT,
        env=os.environ | {"DATABASE__URL": database.url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return ""
    said = [line for line in done.stdout.splitlines() if not line.startswith("holds")]
    return "\n".join([f"it ended with {done.returncode}", *said, done.stderr[-2000:]])


async def _require_durable(database: Database) -> None:
    for name in DURABLE:
        setting = await value(database, "SELECT current_setting($1)", name)
        if setting != "on":
            raise SystemExit(f"{name} is {setting}: figures of such a server mean nothing")
