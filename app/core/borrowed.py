"""A connection on which nothing but direct statements were sent yet.

SQLAlchemy puts a connection, its transaction, the session's transaction and their states around
what its pool lends: two fifths of the time of a page that is one statement. This is what is left
without them. As soon as anything else is asked of the session, it goes on there.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.engine.result import Result
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.util import greenlet_spawn

from app.core.direct import Classic, Direct, refuse, send
from app.core.pool import FairPool


def may_borrow(engine: Engine) -> bool:
    """Not where somebody listens to what an engine does, or asked it to do it in another way."""
    return not (engine._has_events or engine.get_execution_options())  # noqa: SLF001


class Borrowed:
    """Of the pool, until it is given back or handed over; with `is_single` without transactions.

    It is `lent` by SQLAlchemy, or was taken out of the `pool` as it lay there.
    """

    def __init__(
        self, engine: Engine, lent: Any, pool: FairPool | None, *, is_single: bool
    ) -> None:
        self._engine, self._lent, self._pool, self._is_single = engine, lent, pool, is_single
        self._driver = lent.dbapi_connection
        if is_single:
            self._driver.autocommit = True

    async def send(
        self, statement: Direct, values: Mapping[str, Any], classic: Classic
    ) -> Result[Any]:
        sql, args = statement.filled(values, self._engine.dialect)
        return await send(statement, sql, args, self._driver, classic)

    async def commit(self, classic: Classic) -> None:
        """Commit what was sent, and give it back."""
        transaction = self._driver._transaction  # noqa: SLF001
        if transaction is not None:
            try:
                await self._driver._call_and_discard(transaction.commit)  # noqa: SLF001
            except BaseException as error:
                await greenlet_spawn(refuse, error, classic)
                raise
        await self.give_back()

    async def give_back(self) -> None:
        """Return it to the pool; what was not committed is rolled back."""
        if self._is_single:
            self._driver.autocommit = False
        if self._driver._transaction is not None:  # noqa: SLF001
            await greenlet_spawn(self._wrapped().close)
        elif self._pool is None:
            self._lent.close()
        else:
            self._pool.put(self._lent)

    def hand_over(self, transaction: SessionTransaction) -> None:
        """Let a session that has just begun go on with it, in the transaction it is in."""
        connection = Connection(self._engine, self._wrapped())
        if self._is_single:
            self._driver.autocommit = False
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        held = (connection, connection.begin(), True, True)  # as if it had connected by itself
        transaction._connections[connection] = held  # noqa: SLF001
        transaction._connections[self._engine] = held  # noqa: SLF001

    def _wrapped(self) -> Any:
        """As SQLAlchemy lends it."""
        return self._lent if self._pool is None else self._pool.wrap(self._lent)


async def borrow(engine: Engine, *, is_single: bool = False) -> Borrowed:
    """Wait for a connection of the pool. Raises what SQLAlchemy raises when there is none."""
    pool = engine.pool
    if isinstance(pool, FairPool) and (ready := pool.take()) is not None:
        return Borrowed(engine, ready, pool, is_single=is_single)
    return Borrowed(engine, await greenlet_spawn(_lend, engine), None, is_single=is_single)


def _lend(engine: Engine) -> Any:
    try:
        return engine.raw_connection()
    except engine.dialect.loaded_dbapi.Error as error:
        Connection._handle_dbapi_exception_noconnection(  # noqa: SLF001
            error, engine.dialect, engine
        )
