"""COPY of many rows at once, in the session's own transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession


async def copy_rows(
    session: AsyncSession, table: str, rows: Sequence[Mapping[str, Any]], **same: Any
) -> None:
    """Write rows that all have the columns of the first one; `same` is in each of them.

    Values go to the driver as they are: JSON as text. What a constraint refuses is the driver's
    error, not SQLAlchemy's; nothing else is meant to meet it, for callers checked what they copy.
    """
    if not rows:
        return
    columns = [*rows[0], *same]
    constant = tuple(same.values())
    connection = await (await session.connection()).get_raw_connection()
    driver: Any = connection.driver_connection
    await driver.copy_records_to_table(
        table, columns=columns, records=[(*row.values(), *constant) for row in rows]
    )
