"""What an order without a cart is made on: its member, its channel, what sellers offer."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.delivery.offered import offered_by

_SELLERS = "(SELECT k.merchant_id FROM skus k WHERE k.id = ANY(CAST(:sku_ids AS uuid[])))"

# The member's row stands for everything counted per member while an order is placed.
_GROUND = f"""
SELECT m.id AS member_id, h.id AS channel_id, h.code AS channel_code, h.currency, h.country,
       h.tax_mode, h.is_active, now() AS at, {offered_by(_SELLERS, "h.currency")}
FROM members m LEFT JOIN channels h ON h.id = :channel_id
WHERE m.id = :member_id
"""
_READ = text(_GROUND)
_LOCKED = text(f"{_GROUND} FOR NO KEY UPDATE OF m")


class EntryRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def ground(
        self,
        member_id: UUID,
        channel_id: UUID,
        sku_ids: Sequence[UUID],
        *,
        point_id: str | None,
        slot_id: str | None,
        lock: bool,
    ) -> RowMapping | None:
        """The member and the channel, whose columns may be null; with `lock`, the member locked."""
        values = {
            "member_id": member_id,
            "channel_id": channel_id,
            "sku_ids": list(sku_ids),
            "point_id": point_id,
            "slot_id": slot_id,
        }
        return (await self._session.execute(_LOCKED if lock else _READ, values)).mappings().first()
