"""What people write on an order's timeline."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id

_ENTRY = "id, kind, created_at AS at, data, actor, is_public"
_ITS_OWN = """
    AND o.paid_at IS NOT NULL AND EXISTS (SELECT FROM fulfilments f
        WHERE f.order_id = o.id AND f.merchant_id = :merchant_id)
"""
_ADD = """
    INSERT INTO order_events (id, order_id, member_id, kind, is_public, actor, data)
    SELECT :id, o.id, o.member_id, :kind, :is_public, :actor, CAST(:data AS jsonb)
    FROM orders o WHERE o.id = :order_id {scope} RETURNING {entry}
"""
_OF_MERCHANT = text(f"""
    SELECT {_ENTRY} FROM order_events
    WHERE order_id = :order_id AND kind = 'merchant_note' AND data ->> 'merchant_id' = :merchant_id
    ORDER BY id
""").columns(data=JSONB)


class NoteRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self, order_id: UUID, values: Mapping[str, Any], *, merchant_id: UUID | None
    ) -> RowMapping | None:
        """An entry; None where there is no such order, or it is none of the merchant's."""
        scope = _ITS_OWN if merchant_id else ""
        bound = {"id": new_id(), "order_id": order_id, **values}
        if merchant_id:
            bound["merchant_id"] = merchant_id
        statement = text(_ADD.format(scope=scope, entry=_ENTRY)).columns(data=JSONB)
        return (await self._session.execute(statement, bound)).mappings().first()

    async def of_merchant(self, order_id: UUID, merchant_id: UUID) -> Sequence[RowMapping]:
        """A merchant's own notes of an order, oldest first."""
        values = {"order_id": order_id, "merchant_id": str(merchant_id)}
        return (await self._session.execute(_OF_MERCHANT, values)).mappings().all()
