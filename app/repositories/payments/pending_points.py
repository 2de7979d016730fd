"""Points that are promised and not yet granted."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.keyset import before

_PEND = text("""
    INSERT INTO pending_points (id, member_id, order_id, currency, source, quantity, available_at)
    VALUES (:id, :member_id, CAST(:order_id AS uuid), :currency, :source, :quantity, :available_at)
    ON CONFLICT (source) DO NOTHING RETURNING *
""")
_OF = text("SELECT * FROM pending_points WHERE source = :source")

_TAKE_BACK = text("""
    WITH locked AS MATERIALIZED (
        SELECT id, least(CAST(:quantity AS integer), quantity - taken_back) AS taken
        FROM pending_points WHERE source = :source AND state = 'pending' FOR NO KEY UPDATE),
    changed AS (
        UPDATE pending_points p SET taken_back = p.taken_back + l.taken,
            state = CASE WHEN p.taken_back + l.taken = p.quantity
                THEN 'cancelled' ELSE 'pending' END
        FROM locked l WHERE p.id = l.id)
    SELECT coalesce(sum(taken), 0)::integer FROM locked
""")

_RIPE = text("""
    UPDATE pending_points SET state = 'granted'
    WHERE id IN (
        SELECT id FROM pending_points WHERE state = 'pending' AND available_at <= now()
        ORDER BY available_at, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING *
""")

_PAGE = text(f"""
    SELECT id, currency, source, quantity - taken_back AS quantity, order_id, available_at,
        created_at
    FROM pending_points WHERE member_id = :member_id AND state = 'pending' AND {before("id")}
    ORDER BY id DESC LIMIT :limit
""")


class PendingPointsRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def pend(self, values: Mapping[str, Any]) -> Row[Any] | None:
        """None when the source is known."""
        return (await self._session.execute(_PEND, {"id": new_id(), **values})).first()

    async def of(self, source: str) -> Row[Any]:
        return (await self._session.execute(_OF, {"source": source})).one()

    async def take_back(self, source: str, quantity: int) -> int:
        values = {"source": source, "quantity": quantity}
        return int(await self._session.scalar(_TAKE_BACK, values) or 0)

    async def ripe(self, limit: int) -> Sequence[Row[Any]]:
        """Claim what is due: it is granted in this transaction or not at all.

        In the order of members, whose debts are locked next.
        """
        rows = (await self._session.execute(_RIPE, {"limit": limit})).all()
        return sorted(rows, key=lambda row: (row.member_id, row.id))

    async def page(self, member_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
        values = {"member_id": member_id, "after": after, "limit": limit}
        return (await self._session.execute(_PAGE, values)).all()
