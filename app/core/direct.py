"""Statements that go to the driver as they are written: for the paths a shop lives on.

SQLAlchemy compiles, describes and wraps each execution anew, for four times what the driver takes
to send a statement and to read its answer. Whoever writes its SQL itself needs none of that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy import Connection, TextClause
from sqlalchemy.engine import ScalarResult
from sqlalchemy.engine.result import IteratorResult, Result, SimpleResultMetaData
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.types import NullType
from sqlalchemy.util import greenlet_spawn
from typing_extensions import override


class Direct(TextClause):
    """Like `text()`, for a statement that is made once, with `CAST` where a value needs a type.

    Another session than `Session` executes it like any text, and so does `Session` for a list of
    values. Values go to the driver as they are. How many rows were met is not told: have them
    returned.
    """

    inherit_cache = True

    _sent: tuple[str, tuple[str, ...]] | None = None
    _columns: SimpleResultMetaData | None = None

    def sent(self, connection: Connection) -> tuple[str, tuple[str, ...]]:
        """The SQL with `$1`… and the names of its arguments. Raises TypeError for typed binds."""
        if self._sent is None:
            compiled: Any = self.compile(dialect=connection.dialect)
            if any(not isinstance(each.type, NullType) for each in compiled.binds.values()):
                raise TypeError("a direct statement casts its values in SQL")
            self._sent = compiled.string, tuple(compiled.positiontup)
        return self._sent

    def told(self, attributes: Any) -> SimpleResultMetaData:
        """The names of what it answers, from the driver's description."""
        if self._columns is None:
            self._columns = SimpleResultMetaData([each.name for each in attributes])
        return self._columns


def direct(sql: str) -> Direct:
    return Direct(sql)


@dataclass(frozen=True, slots=True)
class _Held:
    """The connection a transaction or savepoint is on, and the driver's behind it."""

    transaction: Any
    connection: Connection
    driver: Any


def _is_direct(statement: Any, params: Any, options: Mapping[str, Any]) -> bool:
    return isinstance(statement, Direct) and not isinstance(params, list) and not options


class Session(AsyncSession):
    """A session that sends `Direct` statements on its connection without going through SQLAlchemy.

    They belong to its transaction, are heard as `before_cursor_execute`, answer rows and raise
    errors as other statements do.
    """

    _held: _Held | None = None

    @override
    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Result[Any]:
        if _is_direct(statement, params, options):
            return await self._send(statement, params or {})
        found: Result[Any] = await super().execute(statement, params, **options)
        return found

    @override
    async def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        if _is_direct(statement, params, options):
            return (await self._send(statement, params or {})).scalar()
        return await super().scalar(statement, params, **options)

    @override
    async def scalars(
        self, statement: Any, params: Any = None, **options: Any
    ) -> ScalarResult[Any]:
        if _is_direct(statement, params, options):
            return (await self._send(statement, params or {})).scalars()
        found: ScalarResult[Any] = await super().scalars(statement, params, **options)
        return found

    async def _send(self, statement: Direct, values: Mapping[str, Any]) -> Result[Any]:
        if not self.sync_session._is_clean():  # noqa: SLF001
            await self.flush()
        held = await self._connected()
        driver = held.driver
        sql, names = statement.sent(held.connection)
        args = tuple([values[name] for name in names])
        for heard in held.connection.dispatch.before_cursor_execute:
            heard(held.connection, None, sql, args, None, False)
        try:  # as the dialect's cursor does it
            async with driver._execute_mutex:  # noqa: SLF001
                if driver._transaction is None:  # noqa: SLF001
                    await driver._start_transaction()  # noqa: SLF001
                prepared, attributes = await driver._prepare(sql, 0)  # noqa: SLF001
                rows = await prepared.fetch(*args)
        except BaseException as error:
            await greenlet_spawn(_raise, error, held, sql, args)
            raise
        return IteratorResult(statement.told(attributes), iter(rows))

    async def _connected(self) -> _Held:
        transaction, held = self._innermost(), self._held
        if transaction is None or held is None or held.transaction is not transaction:
            held = self._held = await greenlet_spawn(self._take)
        return held

    def _take(self) -> _Held:
        """Takes the connection into a transaction, or into a savepoint, that has not got it yet."""
        connection = self.sync_session.connection()
        return _Held(self._innermost(), connection, connection.connection.dbapi_connection)

    def _innermost(self) -> SessionTransaction | None:
        sync = self.sync_session
        return sync.get_nested_transaction() or sync.get_transaction()


def _raise(error: BaseException, held: _Held, sql: str, args: tuple[Any, ...]) -> NoReturn:
    """As SQLAlchemy raises it; a connection that is of no more use leaves the pool."""
    connection = held.connection
    try:
        if isinstance(error, Exception):
            held.driver._handle_exception(error)  # noqa: SLF001
        raise error  # noqa: TRY301 - the dialect raises its own or leaves it to us
    except BaseException as told:
        is_known = isinstance(told, connection.dialect.loaded_dbapi.Error)
        connection._handle_dbapi_exception(  # noqa: SLF001
            told, sql if is_known else None, args if is_known else None, None, None
        )
        raise
