"""The session of the service: direct statements go past SQLAlchemy, everything else through it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, orm
from sqlalchemy.engine import ScalarResult
from sqlalchemy.engine.result import Result
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.util import greenlet_spawn
from typing_extensions import override

from app.core.borrowed import Borrowed, borrow, may_borrow
from app.core.direct import Direct, send


class Adopting(orm.Session):
    """Begins with the connection direct statements were sent on, if there is one."""

    borrowed: Borrowed | None = None

    def is_unheard(self) -> bool:
        """Whether nobody listens to when its transactions begin and end."""
        heard: Any = self.dispatch
        return not (
            heard.after_begin
            or heard.before_commit
            or heard.after_commit
            or heard.after_transaction_end
        )

    @override
    def _autobegin_t(self, begin: bool = False) -> SessionTransaction:
        begun = super()._autobegin_t(begin)
        borrowed, self.borrowed = self.borrowed, None
        if borrowed is not None:
            borrowed.hand_over(begun)
        return begun


@dataclass(frozen=True, slots=True)
class _Held:
    """The connection a transaction or savepoint is on, and the driver's behind it."""

    transaction: Any
    connection: Connection
    driver: Any


def _is_direct(statement: Any, params: Any, options: Mapping[str, Any]) -> bool:
    return isinstance(statement, Direct) and not isinstance(params, list) and not options


class Session(AsyncSession):
    """A session that sends `Direct` statements without going through SQLAlchemy.

    They belong to its transaction, are heard as `before_cursor_execute`, answer rows and raise
    errors as other statements do. While nothing else is asked of it, they go on a connection that
    is `Borrowed`, unless somebody listens to what sessions or engines do.
    """

    sync_session: Adopting
    sync_session_class = Adopting
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

    async def begin_single(self) -> None:
        """Without transactions from here on, where it has a connection of its own."""
        if (lender := self._lender()) is not None:
            self.sync_session.borrowed = await borrow(lender, is_single=True)
        elif isinstance(self._async_bind, AsyncEngine):
            await self.connection(execution_options={"isolation_level": "AUTOCOMMIT"})

    async def finish(self) -> None:
        """Commit and close."""
        sync = self.sync_session
        borrowed = sync.borrowed
        if borrowed is not None:
            await borrowed.commit(sync.connection)
            sync.borrowed = None
        else:
            await greenlet_spawn(_commit, sync)

    @override
    async def close(self) -> None:
        await self._give_back()
        sync = self.sync_session
        if sync.in_transaction() or sync.identity_map:
            await super().close()

    @override
    async def rollback(self) -> None:
        await self._give_back()
        await super().rollback()

    @override
    def in_transaction(self) -> bool:
        return self.sync_session.borrowed is not None or super().in_transaction()

    async def _send(self, statement: Direct, values: Mapping[str, Any]) -> Result[Any]:
        sync = self.sync_session
        if not sync._is_clean():  # noqa: SLF001
            await self.flush()
        borrowed = sync.borrowed
        if borrowed is None and (lender := self._lender()) is not None:
            borrowed = sync.borrowed = await borrow(lender)
        if borrowed is not None:
            return await borrowed.send(statement, values, sync.connection)
        held = await self._connected()
        connection = held.connection
        sql, args = statement.filled(values, connection.dialect)
        for heard in connection.dispatch.before_cursor_execute:
            heard(connection, None, sql, args, None, False)
        return await send(statement, sql, args, held.driver, lambda: connection)

    def _lender(self) -> Engine | None:
        """Whose connections it may borrow, if any."""
        sync, bind = self.sync_session, self._async_bind
        if sync.in_transaction() or not isinstance(bind, AsyncEngine):
            return None
        engine = bind.sync_engine
        return engine if sync.is_unheard() and may_borrow(engine) else None

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

    async def _give_back(self) -> None:
        borrowed, self.sync_session.borrowed = self.sync_session.borrowed, None
        if borrowed is not None:
            await borrowed.give_back()


def _commit(session: orm.Session) -> None:
    session.commit()
    session.close()
