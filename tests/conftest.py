"""Database fixtures: one migrated template per run, a clone per worker, a rollback per test."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.cli.embedded import embedded_server, socket_url
from app.core.db import Sessions, build_engine, build_reading_engine, build_sessions
from app.core.ids import random_code
from app.core.sessions import Session
from app.core.settings import DatabaseSettings

ROOT = Path(__file__).parent.parent
SERVER = "TEST_SERVER_URL"  # any PostgreSQL; without it an embedded one runs for the tests
SHARED = "TEST_SHARED_FOLDER"  # what the workers of one run make once for all of them
MIGRATED = "TEST_TEMPLATE"  # a database on that server somebody has migrated already
TEMPLATE = os.environ.get(MIGRATED, "stoa_template")
MEMORY, MEMORY_NEEDED = Path("/dev/shm"), 4 * 2**30  # noqa: S108 - the folder in it is our own
_running = ExitStack()

pytest_plugins = ("tests.app",)

hypothesis_settings.register_profile(
    "default",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.register_profile("wide", deadline=None, max_examples=2_000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def database_at(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


async def admin(server: str, *statements: str) -> None:
    engine = create_async_engine(database_at(server, "postgres"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


def migrate(url: str) -> None:
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "head")


def quick_folder() -> Path | None:
    """Memory that looks like a folder, where the machine has enough; else what is usual.

    A database is a thousand files, and what a test needs most of the time for is to copy them.
    """
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        return MEMORY if shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED else None
    return None


def start_server(running: ExitStack) -> str:
    """The URL of an embedded server that stops with `running`."""
    folder = running.enter_context(
        tempfile.TemporaryDirectory(prefix="stoa-test-", dir=quick_folder())
    )
    host, port = running.enter_context(embedded_server(Path(folder) / "postgres"))
    server = socket_url(host, "postgres", port=port)
    # A throw-away server need not survive a power cut.
    quick = ("fsync", "full_page_writes", "synchronous_commit")
    settings = (f"ALTER SYSTEM SET {name} = off" for name in quick)
    asyncio.run(admin(server, *settings, "SELECT pg_reload_conf()"))
    return server


def make_template(server: str) -> None:
    """Create the migrated database that every test's own is a clone of."""
    asyncio.run(
        admin(
            server,
            f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)",
            f"CREATE DATABASE {TEMPLATE}",
        )
    )
    migrate(database_at(server, TEMPLATE))


def pytest_configure(config: pytest.Config) -> None:
    """Once per run: start the server and migrate the template that workers clone."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    shared = tempfile.TemporaryDirectory(prefix="stoa-shared-", dir=quick_folder())
    os.environ[SHARED] = _running.enter_context(shared)
    if SERVER not in os.environ:
        os.environ[SERVER] = start_server(_running)
    if MIGRATED not in os.environ:
        make_template(os.environ[SERVER])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _running.close()


async def clone() -> AsyncIterator[str]:
    server, name = os.environ[SERVER], f"stoa_test_{random_code(8).lower()}"
    await admin(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    yield database_at(server, name)
    await admin(server, f"DROP DATABASE {name} WITH (FORCE)")


def patient(url: str) -> DatabaseSettings:
    """A busy machine is not a failure: the limits of production times ten."""
    return DatabaseSettings(
        url=url,
        pool_timeout_seconds=30,
        connect_timeout_seconds=30,
        command_timeout_seconds=100,
        statement_timeout_ms=50_000,
        lock_timeout_ms=30_000,
        idle_in_transaction_timeout_ms=100_000,
        transaction_timeout_ms=300_000,
    )


@pytest.fixture(scope="session")
async def engine() -> AsyncIterator[AsyncEngine]:
    async for url in clone():
        engine = build_engine(patient(url))
        yield engine
        await engine.dispose()


@pytest.fixture
async def sessions(engine: AsyncEngine) -> AsyncIterator[Sessions]:
    """Sessions whose commits are savepoints inside one transaction the test rolls back."""
    async with engine.connect() as connection:
        outer = await connection.begin()
        yield async_sessionmaker(
            connection,
            class_=Session,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
        )
        await outer.rollback()


@pytest.fixture
async def session(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


@pytest.fixture
async def fresh_url() -> AsyncIterator[str]:
    """A database of its own, for tests that really commit."""
    async for url in clone():
        yield url


@pytest.fixture
async def readers(fresh_url: str) -> AsyncIterator[Sessions]:
    """What GET endpoints read with, on the database of `fresh_url`."""
    engine = build_reading_engine(patient(fresh_url))
    yield build_sessions(engine)
    await engine.dispose()


@pytest.fixture
async def fresh_engine(fresh_url: str) -> AsyncIterator[AsyncEngine]:
    """Real connections, up to sixteen at a time, to a database of the test's own."""
    engine = build_engine(patient(fresh_url), pool_size=16)
    yield engine
    await engine.dispose()
