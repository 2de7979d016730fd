"""Flash sessions: price lists of kind `flash` with a window, and what is left of their offers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.keyset import before

IS_SESSION = "l.kind = 'flash' AND l.starts_at IS NOT NULL AND l.ends_at IS NOT NULL"

STATE = """CASE WHEN NOT l.is_active THEN 'stopped' WHEN now() < l.starts_at THEN 'scheduled'
    WHEN now() < l.ends_at THEN 'running' ELSE 'ended' END"""

SESSION = f"""
SELECT l.id, l.code, l.name, l.currency, l.channel_id, l.blocks_promotions, l.starts_at, l.ends_at,
       l.version, l.created_at, l.updated_at, {STATE} AS state, s.sku_count, s.quota, s.sold
  FROM price_lists l
 CROSS JOIN LATERAL (
     SELECT count(*)::int AS sku_count, coalesce(sum(p.quota), 0)::bigint AS quota,
            coalesce(sum(p.sold), 0)::bigint AS sold
       FROM prices p WHERE p.price_list_id = l.id) s
 WHERE {IS_SESSION}
"""

ITEMS = text("""
SELECT p.sku_id, k.code AS sku_code, coalesce(k.name, s.name) AS name, n.minor AS price_minor,
       p.quota, p.per_member, p.sold, (
           SELECT coalesce(sum(u.quantity), 0)::int FROM price_uses u
            WHERE u.price_list_id = p.price_list_id AND u.sku_id = p.sku_id
              AND u.held_until IS NOT NULL AND u.released_at IS NULL) AS held
  FROM prices p JOIN skus k ON k.id = p.sku_id JOIN spus s ON s.id = k.spu_id
 CROSS JOIN LATERAL (
     SELECT price_at(p.price_minor, p.change_ats, p.change_minors, now()) AS minor) n
 WHERE p.price_list_id = :session_id AND p.min_quantity = 1 AND n.minor IS NOT NULL
 ORDER BY k.code, k.id
""")

# An offer is compared with the list price of its channel, else with the general one.
LIST_PRICE = """
    SELECT price_at(r.price_minor, r.change_ats, r.change_minors, now())
      FROM prices r JOIN price_lists x ON x.id = r.price_list_id
     WHERE r.sku_id = p.sku_id AND r.min_quantity = 1 AND x.kind = 'list' AND x.is_active
       AND price_at(r.price_minor, r.change_ats, r.change_minors, now()) IS NOT NULL
       AND x.currency = l.currency AND (x.channel_id IS NULL OR x.channel_id = :channel_id)
       AND (x.starts_at IS NULL OR x.starts_at <= now())
       AND (x.ends_at IS NULL OR now() < x.ends_at)
     ORDER BY x.channel_id IS NULL, x.id LIMIT 1"""

SHOWN = """
SELECT l.id, l.code, l.name, l.currency, l.starts_at, l.ends_at,
       CASE WHEN now() < l.starts_at THEN 'scheduled' ELSE 'running' END AS state,
       greatest(0, ceil(extract(epoch FROM l.starts_at - now())))::int AS starts_in_seconds,
       ceil(extract(epoch FROM l.ends_at - now()))::int AS ends_in_seconds,
       c.item_count, c.items::text
  FROM price_lists l
 CROSS JOIN LATERAL (
     SELECT count(*)::int AS item_count,
            jsonb_agg(jsonb_build_object(
                'sku_id', i.sku_id, 'sku_code', i.sku_code, 'spu_id', i.spu_id, 'slug', i.slug,
                'name', i.name, 'options', i.options, 'price_minor', i.price_minor,
                'list_minor', i.list_minor, 'per_member', i.per_member,
                'sold_percent', i.sold_percent, 'state', i.state)
                ORDER BY i.place) FILTER (WHERE i.place <= {items}) AS items
       FROM (
           SELECT p.sku_id, k.code AS sku_code, k.spu_id, s.slug, coalesce(k.name, s.name) AS name,
                  k.options, n.minor AS price_minor, p.per_member,
                  row_number() OVER (ORDER BY k.code, k.id) AS place,
                  ({list_price}) AS list_minor,
                  least(100, p.sold * 100::bigint / p.quota)::int AS sold_percent,
                  CASE WHEN p.quota IS NULL OR p.sold < p.quota THEN 'available'
                       WHEN EXISTS (
                           SELECT 1 FROM price_uses u
                            WHERE u.price_list_id = p.price_list_id AND u.sku_id = p.sku_id
                              AND u.held_until IS NOT NULL AND u.released_at IS NULL) THEN 'held'
                       ELSE 'sold_out' END AS state
             FROM prices p JOIN skus k ON k.id = p.sku_id JOIN spus s ON s.id = k.spu_id
             JOIN merchants m ON m.id = k.merchant_id
            CROSS JOIN LATERAL (
                SELECT price_at(p.price_minor, p.change_ats, p.change_minors,
                                greatest(now(), l.starts_at)) AS minor) n
            WHERE p.price_list_id = l.id AND p.min_quantity = 1 AND n.minor IS NOT NULL
              AND k.status = 'active' AND s.status = 'on_sale' AND m.is_active) i) c
 WHERE {is_session} AND l.is_active AND l.currency = :currency AND now() < l.ends_at
   AND (l.channel_id IS NULL OR l.channel_id = :channel_id)
 ORDER BY l.starts_at, l.id LIMIT {limit}
"""


class FlashRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, session_id: UUID) -> Any | None:
        statement = text(f"{SESSION} AND l.id = :id")
        return (await self._session.execute(statement, {"id": session_id})).first()

    async def items(self, session_id: UUID) -> Sequence[Any]:
        """Its offers in order of SKU code; `held` are those of `sold` not paid for yet."""
        return (await self._session.execute(ITEMS, {"session_id": session_id})).all()

    async def page(self, *, state: str | None, after: UUID | None, limit: int) -> Sequence[Any]:
        """Sessions, newest first."""
        statement = text(f"""{SESSION}
               AND (CAST(:state AS text) IS NULL OR {STATE} = :state)
               AND {before("l.id")}
             ORDER BY l.id DESC LIMIT {int(limit)}
        """)
        return (await self._session.execute(statement, {"state": state, "after": after})).all()

    async def shown(
        self, channel_id: UUID, currency: str, *, limit: int, items: int
    ) -> Sequence[Any]:
        """Sessions that run or come, soonest first, each with its first `items` as JSON."""
        statement = text(
            SHOWN.format(
                items=int(items), limit=int(limit), list_price=LIST_PRICE, is_session=IS_SESSION
            )
        )
        values = {"channel_id": channel_id, "currency": currency}
        return (await self._session.execute(statement, values)).all()
