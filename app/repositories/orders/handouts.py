"""Handouts in the database, and the orders they became."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.handouts import HandoutState
from app.models.handouts import Handout

_ORDERS = text("""
SELECT o.reference, o.id, o.number, o.state, o.fulfilment_status FROM orders o
WHERE o.source = 'free' AND o.reference = ANY(CAST(:references AS varchar[]))
""")


class HandoutRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def has_centre(self, code: str) -> bool:
        """Whether there is such a cost centre."""
        found = await self._session.scalar(
            text("SELECT true FROM cost_centres WHERE code = :code"), {"code": code}
        )
        return bool(found)

    async def add(self, row: Handout) -> None:
        self._session.add(row)
        await self._session.flush()

    async def get(self, handout_id: UUID, *, lock: bool = False) -> Handout | None:
        """A handout; with `lock`, locked until commit and as it is then."""
        statement = select(Handout).where(Handout.id == handout_id)
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        found: Handout | None = await self._session.scalar(statement)
        return found

    async def page(
        self, *, state: HandoutState | None, after: UUID | None, limit: int
    ) -> Sequence[Handout]:
        """Newest first; one more than `limit` says that there is more."""
        statement = select(Handout).order_by(Handout.id.desc()).limit(limit + 1)
        if state is not None:
            statement = statement.where(Handout.state == state)
        if after is not None:
            statement = statement.where(Handout.id < after)
        return (await self._session.scalars(statement)).all()

    async def orders(self, references: Sequence[str]) -> Mapping[str, RowMapping]:
        """The orders there are by reference."""
        found = await self._session.execute(_ORDERS, {"references": list(references)})
        return {row["reference"]: row for row in found.mappings()}
