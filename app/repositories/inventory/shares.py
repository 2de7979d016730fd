"""What channels may promise of stock."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

SHARE = """LEFT JOIN stock_shares h ON h.channel_id = :channel_id AND h.sku_id = s.sku_id
       AND h.warehouse_id = s.warehouse_id"""
_FREE = "s.on_hand - s.reserved - s.safety - s.waiting"
PROMISABLE = f"""least({_FREE} - coalesce(h.leaves, 0),
    ({_FREE})::bigint * coalesce(h.share_bps, 10000) / 10000)::int"""
"""Pieces of `s` a channel may promise, by its share `h`."""

_HAS_CHANNEL = text("SELECT EXISTS (SELECT FROM channels WHERE id = :channel_id)")
_SET = text("""
    INSERT INTO stock_shares (channel_id, warehouse_id, sku_id, leaves, share_bps)
    SELECT CAST(:channel_id AS uuid), CAST(:warehouse_id AS uuid), sku_id, leaves, share_bps
      FROM unnest(CAST(:sku_ids AS uuid[]), CAST(:leaves AS int[]), CAST(:shares AS int[]))
           AS n(sku_id, leaves, share_bps)
     ORDER BY sku_id
    ON CONFLICT (channel_id, sku_id, warehouse_id)
    DO UPDATE SET leaves = excluded.leaves, share_bps = excluded.share_bps
""")
_PAGE = """
    SELECT sku_id, warehouse_id, leaves, share_bps FROM stock_shares
     WHERE channel_id = :channel_id AND (sku_id, warehouse_id) > (
           coalesce(CAST(:after_sku AS uuid), '00000000-0000-0000-0000-000000000000'),
           coalesce(CAST(:after_warehouse AS uuid), '00000000-0000-0000-0000-000000000000'))
     ORDER BY sku_id, warehouse_id LIMIT {limit}
"""


class ShareRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def has_channel(self, channel_id: UUID) -> bool:
        return bool(await self._session.scalar(_HAS_CHANNEL, {"channel_id": channel_id}))

    async def set(
        self, channel_id: UUID, warehouse_id: UUID, rows: Mapping[UUID, tuple[int, int]]
    ) -> None:
        """Pieces to leave and share by SKU; SKUs are given in order."""
        values = {
            "channel_id": channel_id,
            "warehouse_id": warehouse_id,
            "sku_ids": list(rows),
            "leaves": [leaves for leaves, _ in rows.values()],
            "shares": [share for _, share in rows.values()],
        }
        await self._session.execute(_SET, values)

    async def page(
        self, channel_id: UUID, *, after: tuple[UUID, UUID] | None, limit: int
    ) -> Sequence[RowMapping]:
        """Shares of a channel, in order of SKU and warehouse."""
        values = {
            "channel_id": channel_id,
            "after_sku": after[0] if after else None,
            "after_warehouse": after[1] if after else None,
        }
        statement = text(_PAGE.format(limit=int(limit)))
        return (await self._session.execute(statement, values)).mappings().all()
