"""Prices of finished bargains: what a buyer may have, what orders take and give back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct

_ASKED = direct("""
SELECT b.id, a.sku_id, b.floor_minor, a.blocks_promotions,
       coalesce(b.member_id = CAST(:member_id AS uuid), false) AS is_own,
       a.is_active AND a.channel_id = :channel_id AND a.currency = :currency AS is_open,
       b.finished_at IS NOT NULL AS is_finished,
       b.expires_at <= coalesce(CAST(:at AS timestamptz), now()) AS is_expired,
       b.order_id IS NOT NULL AS is_used, coalesce(a.sold >= a.quota, false) AS is_exhausted
  FROM bargains b JOIN bargain_activities a ON a.id = b.activity_id
 WHERE b.id = ANY(CAST(:ids AS uuid[]))
""")
_SKU = direct("""
SELECT a.sku_id FROM bargains b JOIN bargain_activities a ON a.id = b.activity_id
 WHERE b.id = :id AND b.member_id = :member_id
""")

# Counted from the locked readings, see docs/adr/0008: the bargains first, then their activities.
_TAKE = direct("""
WITH free AS MATERIALIZED (
    SELECT b.id, b.activity_id FROM bargains b
     WHERE b.id = ANY(CAST(:ids AS uuid[])) AND b.order_id IS NULL
     ORDER BY b.id FOR NO KEY UPDATE OF b),
wanted AS MATERIALIZED (SELECT activity_id, count(*) AS pieces FROM free GROUP BY activity_id),
locked AS MATERIALIZED (
    SELECT a.id, a.sold, a.quota, w.pieces
      FROM bargain_activities a JOIN wanted w ON w.activity_id = a.id
     ORDER BY a.id FOR NO KEY UPDATE OF a),
had AS MATERIALIZED (
    SELECT f.id FROM free f JOIN locked k ON k.id = f.activity_id
     WHERE k.quota IS NULL OR k.sold + k.pieces <= k.quota),
verdict AS MATERIALIZED (
    SELECT count(*) = cardinality(CAST(:ids AS uuid[])) AS is_taken FROM had),
counted AS (
    UPDATE bargain_activities a SET sold = k.sold + k.pieces FROM locked k, verdict v
     WHERE v.is_taken AND a.id = k.id),
used AS (
    UPDATE bargains b SET order_id = :order_id, is_open = false FROM had h, verdict v
     WHERE v.is_taken AND b.id = h.id)
SELECT w.id, EXISTS (SELECT FROM free f WHERE f.id = w.id) AS is_free
  FROM unnest(CAST(:ids AS uuid[])) AS w(id)
 WHERE NOT EXISTS (SELECT FROM had h WHERE h.id = w.id) ORDER BY w.id
""")
_RELEASE = direct("""
WITH freed AS (
    UPDATE bargains SET order_id = NULL
     WHERE order_id = :order_id
       AND (CAST(:ids AS uuid[]) IS NULL OR id = ANY(CAST(:ids AS uuid[])))
    RETURNING activity_id),
counts AS (SELECT activity_id, count(*) AS pieces FROM freed GROUP BY activity_id),
locked AS MATERIALIZED (
    SELECT a.id, a.sold, c.pieces FROM bargain_activities a JOIN counts c ON c.activity_id = a.id
     ORDER BY a.id FOR NO KEY UPDATE OF a)
UPDATE bargain_activities a SET sold = k.sold - k.pieces FROM locked k WHERE a.id = k.id
""")


@dataclass(frozen=True, slots=True)
class AskedBargain:
    """A bargain as a buyer finds it now."""

    id: UUID
    sku_id: UUID
    floor_minor: int
    blocks_promotions: bool
    is_own: bool
    is_open: bool
    is_finished: bool
    is_expired: bool
    is_used: bool
    is_exhausted: bool


class BargainPriceRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def asked(
        self,
        bargain_ids: Sequence[UUID],
        *,
        channel_id: UUID,
        currency: str,
        member_id: UUID | None,
        at: datetime | None,
    ) -> dict[UUID, AskedBargain]:
        """The bargains that exist, as the member finds them at `at`, by default now."""
        found = await self._session.execute(
            _ASKED,
            {
                "ids": list(bargain_ids),
                "channel_id": channel_id,
                "currency": currency,
                "member_id": member_id,
                "at": at,
            },
        )
        return {row.id: AskedBargain(*row) for row in found}

    async def sku_of(self, bargain_id: UUID, member_id: UUID) -> UUID | None:
        """What the member's bargain is about."""
        found: UUID | None = await self._session.scalar(
            _SKU, {"id": bargain_id, "member_id": member_id}
        )
        return found

    async def take(self, bargain_ids: Sequence[UUID], order_id: UUID) -> list[tuple[UUID, bool]]:
        """Take the bargains, all or none; those refused, true where the quota is the reason."""
        found = await self._session.execute(_TAKE, {"ids": list(bargain_ids), "order_id": order_id})
        return [(row.id, row.is_free) for row in found]

    async def release(self, order_id: UUID, *, only: Sequence[UUID] | None = None) -> None:
        """Those of an order are free again, all of them or some."""
        ids = None if only is None else list(only)
        await self._session.execute(_RELEASE, {"order_id": order_id, "ids": ids})
