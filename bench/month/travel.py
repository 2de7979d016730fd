"""A clock that can be set: for the database, for what the services ask, and for new ids.

The month an accountant looks at is over, so it is lived at an instant that lies back and moves on.
In PostgreSQL a function named `now` stands before the one of `pg_catalog` in the search path;
defaults of columns, which know the function they were made with, are made anew.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from typing import Any
from unittest.mock import patch
from uuid import UUID

import asyncpg
from typing_extensions import override
from uuid_utils.compat import uuid7

from app.core import clock, ids

MILLISECOND = 1_000_000
_NOW = datetime.now
_INSTALL = """
    CREATE SCHEMA travel;
    CREATE TABLE travel.clock (behind interval NOT NULL);
    INSERT INTO travel.clock VALUES ('0');
    CREATE FUNCTION travel.now() RETURNS timestamptz LANGUAGE sql STABLE
        AS 'SELECT pg_catalog.now() - behind FROM travel.clock';
    CREATE FUNCTION travel.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
        AS 'SELECT pg_catalog.clock_timestamp() - behind FROM travel.clock';
    SET search_path = public, travel, pg_catalog;
"""
_DEFAULTS = """
    SELECT d.adrelid::regclass::text AS relation, a.attname AS name,
        pg_get_expr(d.adbin, d.adrelid) AS expression
    FROM pg_attrdef d
    JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    JOIN pg_class c ON c.oid = d.adrelid
    WHERE c.relnamespace = 'public'::regnamespace AND a.attgenerated = ''
      AND pg_get_expr(d.adbin, d.adrelid) ~ '(now|clock_timestamp)\\(\\)'
"""


class Traveller:
    """`go_to` sets the time; from there it passes as it does."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection | None = None
        self.behind = timedelta(0)
        self._last_id_ns = 0

    async def install(self) -> None:
        """Make the database ask this clock; connections opened later do."""
        connection = await asyncpg.connect(self._dsn)
        for relation, name, expression in await connection.fetch(_DEFAULTS):
            if expression.startswith("pg_catalog."):
                raise ValueError(f"{relation}.{name} asks the server's own clock")
        defaults = await connection.fetch(_DEFAULTS)
        await connection.execute(_INSTALL)
        for relation, name, expression in defaults:
            await connection.execute(
                f'ALTER TABLE {relation} ALTER COLUMN "{name}" SET DEFAULT {expression}'
            )
        database = await connection.fetchval("SELECT quote_ident(current_database())")
        await connection.execute(
            f"ALTER DATABASE {database} SET search_path = public, travel, pg_catalog"
        )
        self._connection = connection

    async def go_to(self, at: datetime) -> None:
        """It is `at` now, or later where more time than that has passed already."""
        behind = _NOW(at.tzinfo) - at
        if self._connection is None or behind > self.behind > timedelta(0):
            if self._connection is None:
                raise ValueError("install it first")
            return
        self.behind = behind
        await self._connection.execute("UPDATE travel.clock SET behind = $1", behind)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    @contextmanager
    def asked(self) -> Iterator[None]:
        """The services ask this clock."""
        traveller = self

        class Shifted(datetime):
            @classmethod
            @override
            def now(cls, tz: tzinfo | None = None) -> Any:
                return _NOW(tz) - traveller.behind

        with patch.object(clock, "datetime", Shifted), patch.object(ids, "uuid7", self._next_id):
            yield

    def _next_id(self) -> UUID:
        """An id of now. Ids of one process are in the order they were made, as theirs are."""
        now_ns = time.time_ns() - int(self.behind.total_seconds() * 1_000) * MILLISECOND
        self._last_id_ns = max(now_ns, self._last_id_ns + MILLISECOND)
        return UUID(int=uuid7(nanoseconds=self._last_id_ns).int)
