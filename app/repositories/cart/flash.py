"""What a flash session still has of the goods in a cart, in one statement without locks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# What the member took counts for a limit per member; what is held unpaid may come back.
LOOK = text("""
WITH asked AS (
    SELECT l.id, l.starts_at, l.ends_at,
           CASE WHEN NOT l.is_active THEN 'stopped' WHEN now() < l.starts_at THEN 'scheduled'
                WHEN now() < l.ends_at THEN 'running' ELSE 'ended' END AS state
      FROM price_lists l
     WHERE l.id = :session_id AND l.kind = 'flash'
       AND l.starts_at IS NOT NULL AND l.ends_at IS NOT NULL),
opened AS (
    SELECT c.id FROM carts c
     WHERE c.id = :cart_id AND c.member_id = :member_id AND c.state = 'open'),
wanted AS (
    SELECT n.sku_id, sum(n.quantity)::int AS wanted
      FROM cart_lines n JOIN opened o ON o.id = n.cart_id WHERE n.is_selected GROUP BY n.sku_id),
offered AS (
    SELECT p.sku_id, w.wanted, p.quota - p.sold AS left, p.per_member,
           p.per_member - CASE WHEN p.per_member IS NULL THEN 0 ELSE (
               SELECT coalesce(sum(u.quantity), 0) FROM price_uses u
                WHERE u.member_id = :member_id AND u.price_list_id = p.price_list_id
                  AND u.sku_id = p.sku_id AND u.min_quantity = p.min_quantity
                  AND u.released_at IS NULL) END AS member_left,
           CASE WHEN p.quota - p.sold < w.wanted THEN (
               SELECT min(u.held_until) FROM price_uses u
                WHERE u.price_list_id = p.price_list_id AND u.sku_id = p.sku_id
                  AND u.held_until IS NOT NULL AND u.released_at IS NULL) END AS held_until
      FROM wanted w JOIN prices p ON p.sku_id = w.sku_id
     WHERE p.price_list_id = :session_id AND p.min_quantity = 1)
SELECT a.state, a.starts_at, a.ends_at, now() AS at, EXISTS (SELECT 1 FROM opened) AS is_open, o.*
  FROM asked a LEFT JOIN offered o ON true ORDER BY o.sku_id
""")


class FlashCartRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def look(self, session_id: UUID, cart_id: UUID, member_id: UUID) -> Sequence[Any]:
        """A row per SKU that cart and session share; one without a SKU if they share none.

        No rows when there is no such session.
        """
        values = {"session_id": session_id, "cart_id": cart_id, "member_id": member_id}
        return (await self._session.execute(LOOK, values)).all()
