"""Run migrations with the application's own metadata, over asyncpg."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from app.models import Base

# Months of partitioned tables are made by a job, not by a revision.
PARTITIONED = tuple(
    f"{table.name}_p"
    for table in Base.metadata.tables.values()
    if table.dialect_options["postgresql"]["partition_by"]
)


def mine(_object: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    return kind != "table" or name is None or not name.startswith(PARTITIONED)


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        include_object=mine,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        connection.exec_driver_sql("SET lock_timeout = '5s'")
        context.run_migrations()
        # What revisions have just made is the application's to use; docs/running.md.
        connection.exec_driver_sql(
            "DO $$ BEGIN IF to_regprocedure('grant_to_application()') IS NOT NULL"
            " THEN PERFORM grant_to_application(); END IF; END $$"
        )


async def main() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    if not url:
        message = "no database URL: call `shop migrate`"
        raise RuntimeError(message)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
        await connection.commit()
    await engine.dispose()


asyncio.run(main())
