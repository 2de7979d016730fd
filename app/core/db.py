"""Engine and sessions. The session is the unit of work: opened and committed here only."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

import orjson
from sqlalchemy import event, exc
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    async_sessionmaker,
    create_async_engine,
)

from app.core.json import dump
from app.core.pool import FairPool
from app.core.sessions import Session
from app.core.settings import DatabaseSettings

Sessions: TypeAlias = async_sessionmaker[Session]

PoolTimeout: TypeAlias = exc.TimeoutError
"""No connection of a pool became free in time."""

EVERYWHERE: Final = {"application_name": "stoa", "timezone": "UTC", "jit": "off"}

WRITING: Final = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
"""What the pool that writes says to PostgreSQL besides (docs/adr/0013)."""

# Said after connecting: a server that does not know a setting refuses connections that name it.
_TRANSACTION_LIMIT: Final = """
    SELECT set_config(name, '{}', false) FROM pg_settings WHERE name = 'transaction_timeout'
"""


def build_engine(settings: DatabaseSettings, *, pool_size: int | None = None) -> AsyncEngine:
    """The pool of one process. Every wait has a limit: a frozen peer must not wedge the service.

    `command_timeout` is the client's own clock, for a server that no longer answers; the others
    are the server's. Transactions may take as long as they like: see `build_writing_engine`.
    """
    return _engine(settings, pool_size or settings.pool_size, {})


def build_writing_engine(settings: DatabaseSettings) -> AsyncEngine:
    """The pool that orders, captures and notices are written on: their statements are planned once.

    They are large and take short arrays on which no plan depends. PostgreSQL thinks generic plans
    of arrays dearer than they are and would plan each anew, for nearly half the cost of an order.

    A plan made once must not depend on how large tables were then: reading a table of one page
    whole is cheapest, and it would still be read whole when it has a thousand. So plans do that
    only where no index will do, in the checks of foreign keys too.
    """
    return _limited(_engine(settings, settings.pool_size, WRITING), settings)


def build_reading_engine(settings: DatabaseSettings) -> AsyncEngine:
    """A pool whose connections PostgreSQL refuses writes on, without transactions.

    A statement is a round trip then, instead of three with `BEGIN` and `ROLLBACK`, and sees what is
    committed when it starts, as it would inside READ COMMITTED. Connections of their own, since
    they stay as they were opened: nothing has to be said to the server when one is borrowed.
    """
    engine = _engine(
        settings,
        settings.reading_pool_size,
        {"default_transaction_read_only": "on"},
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
    )
    return _limited(engine, settings)


def _engine(
    settings: DatabaseSettings,
    pool_size: int,
    server_settings: Mapping[str, str],
    **options: Any,
) -> AsyncEngine:
    if settings.url is None:
        raise ValueError("DATABASE__URL is not set")
    engine = create_async_engine(
        settings.url,
        poolclass=FairPool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=settings.pool_timeout_seconds,
        pool_recycle=1_800,
        json_serializer=dump,
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": settings.connect_timeout_seconds,
            "command_timeout": settings.command_timeout_seconds,
            "statement_cache_size": 1_000 if settings.prepared_statements else 0,
            "prepared_statement_cache_size": 1_000 if settings.prepared_statements else 0,
            "server_settings": {
                **EVERYWHERE,
                **server_settings,
                "statement_timeout": str(settings.statement_timeout_ms),
                "lock_timeout": str(settings.lock_timeout_ms),
                "idle_in_transaction_session_timeout": str(settings.idle_in_transaction_timeout_ms),
            },
        },
        **options,
    )
    event.listen(engine.sync_engine, "handle_error", _give_up_others)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        limit_ms = int(settings.silence_timeout_seconds * 1_000)
        event.listen(
            engine.sync_engine, "connect", lambda opened, _: _limit_silence(opened, limit_ms)
        )
    return engine


def _limited(engine: AsyncEngine, settings: DatabaseSettings) -> AsyncEngine:
    """No transaction outlives `transaction_timeout_ms`, whatever its connection waits for.

    Of one whose other end vanished within a message the server is neither idle in a transaction
    nor at a statement: no other limit counts, and its locks would stay until the kernel gives up
    the connection, after hours.
    """
    limit = _TRANSACTION_LIMIT.format(settings.transaction_timeout_ms)

    def set_limit(opened: DBAPIConnection, _: object) -> None:
        cursor = opened.cursor()
        cursor.execute(limit)
        cursor.close()
        opened.commit()

    event.listen(engine.sync_engine, "connect", set_limit)
    return engine


def _give_up_others(failed: ExceptionContext) -> None:
    """A server that did not answer in time is taken for gone by every connection opened before.

    Else the next request waits as long for the next connection, and so on through the pool.
    """
    if isinstance(failed.original_exception, TimeoutError):
        failed.invalidate_pool_on_disconnect = True


def _limit_silence(opened: DBAPIConnection, limit_ms: int) -> None:
    """What is not even acknowledged by the other machine for so long was sent to nobody."""
    transport = opened.driver_connection._transport  # noqa: SLF001 - the driver shows it nowhere
    raw = transport.get_extra_info("socket")
    if raw is not None and raw.family in {socket.AF_INET, socket.AF_INET6}:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, limit_ms)


def build_sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, class_=Session, expire_on_commit=False)


def read_only(engine: AsyncEngine) -> Sessions:
    """Transactions in which PostgreSQL refuses writes, for what reads one snapshot: the audit."""
    return build_sessions(engine.execution_options(postgresql_readonly=True))


@asynccontextmanager
async def unit_of_work(sessions: Sessions) -> AsyncIterator[Session]:
    """One transaction: commits on a clean exit, rolls back on any exception."""
    session = sessions()
    try:
        yield session
        await session.finish()
    except BaseException:
        # Whoever gives up waiting does not leave the connection with an open transaction.
        await asyncio.shield(asyncio.create_task(session.close()))
        raise


@asynccontextmanager
async def single_statement(sessions: Sessions) -> AsyncIterator[Session]:
    """For one statement that is a transaction by itself: no BEGIN and no COMMIT are sent.

    What it wrote is there when it has answered. A second statement would be a transaction, too.
    Sessions of a connection that is in a transaction already stay in that.
    """
    async with unit_of_work(sessions) as session:
        await session.begin_single()
        yield session
