"""How far jobs have read the journals, and where journals stand."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_LOCKED = text("SELECT position, journal_id FROM ledger_marks WHERE name = :name FOR NO KEY UPDATE")
_MOVE = text(
    "UPDATE ledger_marks SET position = :position, journal_id = :journal_id WHERE name = :name"
)
# The offset is the one number in the bodies of both functions.
_FUNCTIONS = (
    (
        "CREATE OR REPLACE FUNCTION ledger_position() RETURNS bigint LANGUAGE sql VOLATILE AS"
        " $$ SELECT pg_current_xact_id()::text::bigint + {offset} $$"
    ),
    (
        "CREATE OR REPLACE FUNCTION ledger_horizon() RETURNS bigint LANGUAGE sql STABLE AS"
        " $$ SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + {offset} $$"
    ),
)
CEILING = """
    ledger_horizon() - pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    + pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
"""No journal that was committed has this position or one above it."""


class Mark(NamedTuple):
    """The last journal that was read, in the order of position and id."""

    position: int
    journal_id: UUID


class MarkRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def locked(self, name: str) -> Mark:
        """The mark of a job; whoever else would move it waits until commit."""
        return Mark(*(await self._session.execute(_LOCKED, {"name": name})).one())

    async def move(self, name: str, mark: Mark) -> None:
        values = {"name": name, "position": mark.position, "journal_id": mark.journal_id}
        await self._session.execute(_MOVE, values)

    async def lag(self) -> int:
        """How far the server's count of transactions is behind the positions that were given out.

        Zero, unless the books were moved to another server, which counts from the start.
        """
        found = await self._session.scalar(
            text(f"SELECT greatest(max(position) - ({CEILING}) + 1, 0) FROM ledger_journals")
        )
        return int(found or 0)

    async def shift(self, lag: int) -> None:
        """Give out positions that are `lag` higher from now on. Takes whoever owns the tables."""
        offset = await self._session.scalar(
            text("SELECT ledger_horizon() - pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        )
        for function in _FUNCTIONS:
            await self._session.execute(text(function.format(offset=int(offset or 0) + lag)))
