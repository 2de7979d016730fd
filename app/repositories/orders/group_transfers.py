"""Transfers that pay many orders of a group, and the deposit they make."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.keyset import before

_RECORD = text("""
    INSERT INTO group_transfers (id, group_id, kind, amount_minor, reference, recorded_by)
    VALUES (:id, :group_id, :kind, :amount_minor, :reference, :recorded_by)
    ON CONFLICT (reference) WHERE state <> 'rejected' DO NOTHING
    RETURNING *
""")
_KNOWN = text("SELECT * FROM group_transfers WHERE reference = :reference AND state <> 'rejected'")
_GET = text("SELECT * FROM group_transfers WHERE id = :id AND group_id = :group_id")
_SETTLE = text("""
    UPDATE group_transfers SET state = :state, reason = :reason, settled_by = :actor,
        settled_at = now(), version = version + 1, updated_at = now()
    WHERE id = :id AND state = 'recorded' RETURNING *
""")
_MOVE = text("""
    UPDATE group_orders SET deposit_minor = deposit_minor + :change WHERE id = :group_id
""")
_PAGE = f"""
    SELECT * FROM group_transfers WHERE group_id = :group_id AND {before("id")}
    ORDER BY id DESC LIMIT :limit
"""
# The oldest rows first; whether the deposit reaches is looked at under its lock.
_UNPAID = text("""
    SELECT g.id AS group_id, x.order_id, x.position FROM group_orders g CROSS JOIN LATERAL (
        SELECT r.order_id, r.position FROM group_order_rows r JOIN orders o ON o.id = r.order_id
        WHERE r.group_id = g.id AND o.state = 'open' AND o.payment_status = 'awaiting'
        ORDER BY r.position LIMIT :limit) x
    WHERE g.deposit_minor > 0 ORDER BY g.id, x.position LIMIT :limit
""")
# Who saw the money: those of the last transfer that came in.
_DEPOSIT = text("""
    SELECT g.id, g.number, g.member_id, g.deposit_minor, h.currency, t.recorded_by, t.settled_by
    FROM group_orders g JOIN channels h ON h.id = g.channel_id
    JOIN LATERAL (
        SELECT recorded_by, settled_by FROM group_transfers
        WHERE group_id = g.id AND kind = 'received' AND state = 'confirmed'
        ORDER BY id DESC LIMIT 1) t ON true
    WHERE g.id = :group_id FOR NO KEY UPDATE OF g
""")


class GroupTransferRepository:
    """Rows, and the deposit, change under the lock of their group."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def record(self, values: Mapping[str, Any]) -> Row[Any] | None:
        """None when the reference is known."""
        return (await self._session.execute(_RECORD, {"id": new_id(), **values})).first()

    async def known(self, reference: str) -> Row[Any] | None:
        return (await self._session.execute(_KNOWN, {"reference": reference})).first()

    async def get(self, group_id: UUID, transfer_id: UUID) -> Row[Any] | None:
        values = {"id": transfer_id, "group_id": group_id}
        return (await self._session.execute(_GET, values)).first()

    async def settle(
        self, transfer_id: UUID, state: str, *, actor: str, reason: str | None = None
    ) -> Row[Any]:
        values = {"id": transfer_id, "state": state, "actor": actor, "reason": reason}
        return (await self._session.execute(_SETTLE, values)).one()

    async def move(self, group_id: UUID, change_minor: int) -> None:
        """Add to the deposit of a locked group, or take from it."""
        await self._session.execute(_MOVE, {"group_id": group_id, "change": change_minor})

    async def page(self, group_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
        values = {"group_id": group_id, "after": after, "limit": limit}
        return (await self._session.execute(text(_PAGE), values)).all()

    async def unpaid(self, limit: int) -> Sequence[RowMapping]:
        """Orders that wait for money of groups that have some, with their rows."""
        return (await self._session.execute(_UNPAID, {"limit": limit})).mappings().all()

    async def deposit(self, group_id: UUID) -> RowMapping | None:
        """What a group has, locked until commit; None when nothing ever came in."""
        return (await self._session.execute(_DEPOSIT, {"group_id": group_id})).mappings().first()
