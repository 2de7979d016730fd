"""Counting the statements a use case sends."""

from typing import Self

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


class Statements:
    """Counts statements sent through an engine while the block runs."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.sync_engine
        self.sent: list[str] = []

    def _note(self, _connection, _cursor, statement, *_) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.sent.append(statement)

    def __enter__(self) -> Self:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    @property
    def count(self) -> int:
        return len(self.sent)
