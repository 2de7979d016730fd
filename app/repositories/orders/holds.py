"""What keeps orders from leaving."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.json import dump

_COLUMNS = "id, order_id, kind, reference, reason, data, held_by, created_at, lifted_by, lifted_at"
_ADD = text(f"""
    INSERT INTO order_holds (id, order_id, member_id, kind, reference, reason, data, held_by)
    SELECT CAST(:id AS uuid), o.id, o.member_id, :kind, :reference, :reason,
        CAST(:data AS jsonb), :actor
    FROM orders o WHERE o.id = :order_id
    ON CONFLICT (order_id, kind, reference) WHERE lifted_at IS NULL DO NOTHING
    RETURNING {_COLUMNS}
""").columns(data=JSONB)
_LIFT = text(f"""
    UPDATE order_holds SET lifted_at = now(), lifted_by = :actor
    WHERE order_id = :order_id AND kind = :kind AND reference = :reference AND lifted_at IS NULL
    RETURNING {_COLUMNS}
""").columns(data=JSONB)
_OF = text(f"""
    SELECT {_COLUMNS} FROM order_holds WHERE order_id = :order_id ORDER BY id
""").columns(data=JSONB)
_ONE = text(f"SELECT {_COLUMNS} FROM order_holds WHERE id = :id AND order_id = :order_id").columns(
    data=JSONB
)


class HoldRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, values: Mapping[str, Any]) -> RowMapping | None:
        """A new hold; None when the order is held for it already."""
        data = dump(values["data"])
        found = await self._session.execute(_ADD, {**values, "id": new_id(), "data": data})
        return found.mappings().first()

    async def lift(
        self, order_id: UUID, kind: str, reference: str, *, actor: str
    ) -> RowMapping | None:
        values = {"order_id": order_id, "kind": kind, "reference": reference, "actor": actor}
        return (await self._session.execute(_LIFT, values)).mappings().first()

    async def of_order(self, order_id: UUID) -> Sequence[RowMapping]:
        """All holds there were, oldest first."""
        return (await self._session.execute(_OF, {"order_id": order_id})).mappings().all()

    async def one(self, order_id: UUID, hold_id: UUID) -> RowMapping | None:
        found = await self._session.execute(_ONE, {"id": hold_id, "order_id": order_id})
        return found.mappings().first()
