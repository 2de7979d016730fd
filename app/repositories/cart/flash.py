"""What a flash session still has of the goods in carts, in one statement without locks."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.cart.carts import OPEN

# What the member took counts for a limit per member; what is held unpaid may come back.
LOOK = text(f"""
SELECT a.session_id, a.cart_id, a.member_id, l.starts_at, l.ends_at, now() AS at,
       CASE WHEN NOT l.is_active THEN 'stopped' WHEN now() < l.starts_at THEN 'scheduled'
            WHEN now() < l.ends_at THEN 'running' ELSE 'ended' END AS state,
       c.id IS NOT NULL AS is_open, o.*
  FROM unnest(CAST(:session_ids AS uuid[]), CAST(:cart_ids AS uuid[]), CAST(:member_ids AS uuid[]))
       AS a(session_id, cart_id, member_id)
  JOIN price_lists l ON l.id = a.session_id AND l.kind = 'flash'
       AND l.starts_at IS NOT NULL AND l.ends_at IS NOT NULL
  LEFT JOIN carts c ON c.id = a.cart_id AND c.member_id = a.member_id AND c.{OPEN}
  LEFT JOIN LATERAL (
      SELECT p.sku_id, w.wanted, p.quota - p.sold AS left, p.per_member,
             p.per_member - CASE WHEN p.per_member IS NULL THEN 0 ELSE (
                 SELECT coalesce(sum(u.quantity), 0) FROM price_uses u
                  WHERE u.member_id = a.member_id AND u.price_list_id = p.price_list_id
                    AND u.sku_id = p.sku_id AND u.min_quantity = p.min_quantity
                    AND u.released_at IS NULL) END AS member_left,
             CASE WHEN p.quota - p.sold < w.wanted THEN (
                 SELECT min(u.held_until) FROM price_uses u
                  WHERE u.price_list_id = p.price_list_id AND u.sku_id = p.sku_id
                    AND u.held_until IS NOT NULL AND u.released_at IS NULL) END AS held_until
        FROM (SELECT n.sku_id, sum(n.quantity)::int AS wanted
                FROM cart_lines n WHERE n.cart_id = c.id AND n.is_selected GROUP BY n.sku_id) w
        JOIN prices p ON p.sku_id = w.sku_id
       WHERE p.price_list_id = a.session_id AND p.min_quantity = 1) o ON true
 ORDER BY o.sku_id
""")


class FlashWish(NamedTuple):
    """The goods of a session that are selected in a member's cart."""

    session_id: UUID
    cart_id: UUID
    member_id: UUID


class FlashCartRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def look(self, wishes: Sequence[FlashWish]) -> Mapping[FlashWish, Sequence[Any]]:
        """A row per SKU that cart and session share; one without a SKU if they share none.

        Wishes of sessions that do not exist are left out.
        """
        values = {
            "session_ids": [each.session_id for each in wishes],
            "cart_ids": [each.cart_id for each in wishes],
            "member_ids": [each.member_id for each in wishes],
        }
        found: dict[FlashWish, list[Any]] = {}
        for row in await self._session.execute(LOOK, values):
            wish = FlashWish(row.session_id, row.cart_id, row.member_id)
            found.setdefault(wish, []).append(row)
        return found
