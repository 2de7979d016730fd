"""Statements that go to the driver as they are written: for the paths a shop lives on.

SQLAlchemy compiles, describes and wraps each execution anew, for four times what the driver takes
to send a statement and to read its answer. Whoever writes its SQL itself needs none of that.
"""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeAlias

from sqlalchemy import Connection, TextClause
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.result import Result, SimpleResultMetaData
from sqlalchemy.types import NullType
from sqlalchemy.util import greenlet_spawn

from app.core.answers import Answer


class Direct(TextClause):
    """Like `text()`, for a statement that is made once, with `CAST` where a value needs a type.

    Another session than `Session` executes it like any text, and so does `Session` for a list of
    values. Values go to the driver as they are. How many rows were met is not told: have them
    returned.
    """

    inherit_cache = True

    _sent: tuple[str, tuple[str, ...]] | None = None
    _columns: SimpleResultMetaData | None = None

    def filled(self, values: Mapping[str, Any], dialect: Dialect) -> tuple[str, tuple[Any, ...]]:
        """The SQL with `$1`… and its arguments. Raises TypeError for typed binds."""
        if self._sent is None:
            compiled: Any = self.compile(dialect=dialect)
            if any(not isinstance(each.type, NullType) for each in compiled.binds.values()):
                raise TypeError("a direct statement casts its values in SQL")
            self._sent = compiled.string, tuple(compiled.positiontup)
        sql, names = self._sent
        return sql, tuple([values[name] for name in names])

    def told(self, attributes: Any) -> SimpleResultMetaData:
        """The names of what it answers, from the driver's description."""
        if self._columns is None:
            self._columns = SimpleResultMetaData([each.name for each in attributes])
        return self._columns


def direct(sql: str) -> Direct:
    return Direct(sql)


Classic: TypeAlias = Callable[[], Connection]
"""Gives SQLAlchemy's own connection, on which errors are raised."""


async def send(
    statement: Direct, sql: str, args: tuple[Any, ...], driver: Any, classic: Classic
) -> Result[Any]:
    """Ask the driver as the dialect's cursor does; the first statement begins the transaction."""
    try:
        async with driver._execute_mutex:  # noqa: SLF001
            if driver._transaction is None:  # noqa: SLF001
                await driver._start_transaction()  # noqa: SLF001
            prepared, attributes = await driver._prepare(sql, 0)  # noqa: SLF001
            rows = await prepared.fetch(*args)
    except BaseException as error:
        await greenlet_spawn(refuse, error, classic, sql, args)
        raise
    return Answer(statement.told(attributes), iter(rows))


def refuse(
    error: BaseException,
    classic: Classic,
    sql: str | None = None,
    args: tuple[Any, ...] | None = None,
) -> NoReturn:
    """Raise it as SQLAlchemy does; a connection that is of no more use leaves the pool."""
    connection = classic()
    driver: Any = connection.connection.dbapi_connection
    try:
        if isinstance(error, Exception):
            driver._handle_exception(error)  # noqa: SLF001
        raise error  # noqa: TRY301 - the dialect raises its own or leaves it to us
    except BaseException as told:
        is_known = isinstance(told, connection.dialect.loaded_dbapi.Error)
        connection._handle_dbapi_exception(  # noqa: SLF001
            told, sql if is_known else None, args if is_known else None, None, None
        )
        raise
