"""Payments a shopper's bank disputes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.keyset import before

_COLUMNS = """
    id, order_id, plan_id, member_id, channel, reference, currency, amount_minor, state, reason,
    opened_by, closed_by, closed_at, refund_id, version, created_at
"""
_OPEN = text(f"""
    INSERT INTO payment_disputes (id, order_id, plan_id, member_id, channel, reference, currency,
        amount_minor, reason, opened_by)
    VALUES (:id, :order_id, :plan_id, :member_id, :channel, :reference, :currency, :amount_minor,
        :reason, :opened_by)
    ON CONFLICT (channel, reference) DO NOTHING RETURNING {_COLUMNS}
""")
_READ = text(f"SELECT {_COLUMNS} FROM payment_disputes WHERE id = :id")
_OPEN_MINOR = text("""
    SELECT sum(amount_minor) FROM payment_disputes WHERE plan_id = :plan_id AND state = 'open'
""")
_CLOSE = text(f"""
    UPDATE payment_disputes SET state = :state, closed_by = :closed_by, closed_at = now(),
        refund_id = CAST(:refund_id AS uuid), version = version + 1, updated_at = now()
    WHERE id = :id AND state = 'open' RETURNING {_COLUMNS}
""")
_LIST = f"""
    SELECT {_COLUMNS} FROM payment_disputes
    WHERE (CAST(:state AS text) IS NULL OR state = CAST(:state AS text))
      AND (CAST(:order_id AS uuid) IS NULL OR order_id = CAST(:order_id AS uuid))
      AND {before("id")}
    ORDER BY id DESC LIMIT {{limit}}
"""


class DisputeRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def open(self, dispute: Mapping[str, Any]) -> RowMapping | None:
        """The new dispute; None when the channel's reference is known."""
        return (await self._session.execute(_OPEN, dispute)).mappings().first()

    async def open_minor(self, plan_id: UUID) -> int:
        """What open disputes ask of a plan."""
        found = await self._session.scalar(_OPEN_MINOR, {"plan_id": plan_id})
        return int(found or 0)

    async def read(self, dispute_id: UUID) -> RowMapping | None:
        return (await self._session.execute(_READ, {"id": dispute_id})).mappings().first()

    async def close(
        self, dispute_id: UUID, state: str, *, actor: str, refund_id: UUID | None
    ) -> RowMapping | None:
        """The dispute, closed; None when it was not open."""
        values = {"id": dispute_id, "state": state, "closed_by": actor, "refund_id": refund_id}
        return (await self._session.execute(_CLOSE, values)).mappings().first()

    async def find(self, *, limit: int, **filters: Any) -> list[Row[Any]]:
        query = text(_LIST.format(limit=limit))
        return list(await self._session.execute(query, filters))
