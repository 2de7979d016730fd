"""Run migrations with the application's own metadata, over asyncpg, beside a shop that sells.

Whoever waits for a lock that excludes others has all later ones wait behind it. So a revision waits
a moment only, then gives up what it has, lets the others go, and begins again.
"""

import asyncio
from time import monotonic
from typing import Any

from alembic import context
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.models import Base

LOCK_MILLISECONDS, PAUSE_SECONDS, PATIENCE_SECONDS = 200, 0.5, 120
"""How long a revision waits for a lock, rests before it tries again, and goes on trying."""
LOCK_NOT_AVAILABLE = "55P03"

# Months of partitioned tables are made by a job, not by a revision.
PARTITIONED = tuple(
    f"{table.name}_p"
    for table in Base.metadata.tables.values()
    if table.dialect_options["postgresql"]["partition_by"]
)


def mine(_object: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    return kind != "table" or name is None or not name.startswith(PARTITIONED)


class Progress:
    """Whether the revision that is being run has committed something before its end.

    Then it cannot begin again from its start. What runs without a transaction lets others work,
    such as `CREATE INDEX CONCURRENTLY`, and waits as long as it takes: given up, an index would
    be left there, and invalid.
    """

    is_half_done = False

    def before(self, connection: Connection, *_: Any) -> None:
        if self._is_alone(connection):
            self.is_half_done = True
            self._wait_for_locks(connection, 0)

    def after(self, connection: Connection, *_: Any) -> None:
        if self._is_alone(connection):
            self._wait_for_locks(connection, LOCK_MILLISECONDS)

    def applied(self, **_: Any) -> None:
        self.is_half_done = False

    @staticmethod
    def _wait_for_locks(connection: Connection, milliseconds: int) -> None:
        cursor = connection.connection.cursor()
        cursor.execute(f"SET lock_timeout = {milliseconds}")
        cursor.close()

    @staticmethod
    def _is_alone(connection: Connection) -> bool:
        return connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"


def migrate(connection: Connection, progress: Progress) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        include_object=mine,
        transaction_per_migration=True,
        on_version_apply=progress.applied,
    )
    with context.begin_transaction():
        context.run_migrations()
        # What revisions have just made is the application's to use; docs/running.md.
        connection.exec_driver_sql(
            "DO $$ BEGIN IF to_regprocedure('grant_to_application()') IS NOT NULL"
            " THEN PERFORM grant_to_application(); END IF; END $$"
        )


async def begin_again_while_locked(connection: AsyncConnection) -> None:
    progress = Progress()
    event.listen(connection.sync_connection, "before_cursor_execute", progress.before)
    event.listen(connection.sync_connection, "after_cursor_execute", progress.after)
    until = monotonic() + PATIENCE_SECONDS
    while True:
        try:
            await connection.run_sync(migrate, progress)
            await connection.commit()
        except DBAPIError as error:
            is_locked = getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE
            if not is_locked or progress.is_half_done or monotonic() > until:
                raise
            await connection.rollback()
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return


async def main() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    if not url:
        message = "no database URL: call `shop migrate`"
        raise RuntimeError(message)
    settings = {"lock_timeout": str(LOCK_MILLISECONDS)}
    engine = create_async_engine(url, connect_args={"server_settings": settings})
    try:
        async with engine.connect() as connection:
            await begin_again_while_locked(connection)
    finally:
        await engine.dispose()


asyncio.run(main())
