"""Writing many rows at once."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson

Row = dict[str, Any]


async def put(connection: asyncpg.Connection, table: str, rows: Sequence[Row]) -> None:
    """COPY rows that all have the columns of the first one; dicts become JSON."""
    if not rows:
        return
    columns = list(rows[0])
    await connection.copy_records_to_table(
        table,
        columns=columns,
        records=[tuple(_plain(row[name]) for name in columns) for row in rows],
    )


def json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _plain(value: Any) -> Any:
    return json(value) if isinstance(value, dict) else value
