"""Exchange offers: what staff keep, what shoppers see, and the pieces orders take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.ids import new_id
from app.models.exchange import ExchangeOffer
from app.repositories.keyset import before
from app.repositories.pricing.shown import JOIN_GOODS, SHOWN_GOODS

# `is_open` is the offer's window and switch; `is_entitled` the buyer's tier; what is left counts
# the member's own pieces.
ASKED = direct("""
SELECT o.id, o.sku_id, o.points, o.cash_minor,
       o.is_active AND o.currency = :currency AND coalesce(o.channel_id = :channel_id, true)
           AND coalesce(o.starts_at <= coalesce(CAST(:at AS timestamptz), now()), true)
           AND coalesce(o.ends_at > coalesce(CAST(:at AS timestamptz), now()), true) AS is_open,
       m.id IS NOT NULL AND (o.tiers = '{}' OR coalesce(m.tier = ANY(o.tiers), false))
           AS is_entitled,
       least(o.quota - o.sold, o.per_member - CASE WHEN o.per_member IS NULL THEN 0 ELSE (
           SELECT coalesce(sum(u.quantity), 0) FROM exchange_uses u
            WHERE u.member_id = CAST(:member_id AS uuid) AND u.offer_id = o.id
              AND u.released_at IS NULL) END) AS left
  FROM exchange_offers o
  LEFT JOIN members m ON m.id = CAST(:member_id AS uuid) AND m.kind = 'member'
 WHERE o.id = ANY(CAST(:ids AS uuid[]))
""")

# Counted from the locked reading, see docs/adr/0008. What one member may take the quote has judged
# under the lock of the member's row.
TAKE = direct("""
WITH wanted AS (
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:offer_ids AS uuid[]),
                         CAST(:quantities AS int[])) AS w(id, offer_id, quantity)),
locked AS MATERIALIZED (
    SELECT o.id, o.sold, o.quota
      FROM exchange_offers o JOIN wanted w ON w.offer_id = o.id
     ORDER BY o.id FOR NO KEY UPDATE OF o),
open AS MATERIALIZED (
    SELECT w.*, k.sold FROM wanted w JOIN locked k ON k.id = w.offer_id
     WHERE k.quota IS NULL OR k.sold + w.quantity <= k.quota),
verdict AS MATERIALIZED (
    SELECT count(*) = cardinality(CAST(:ids AS uuid[])) AS is_taken FROM open),
counted AS (
    UPDATE exchange_offers o SET sold = n.sold + n.quantity FROM open n, verdict v
     WHERE v.is_taken AND o.id = n.offer_id),
used AS (
    INSERT INTO exchange_uses (id, offer_id, order_id, member_id, quantity)
    SELECT n.id, n.offer_id, :order_id, :member_id, n.quantity FROM open n, verdict v
     WHERE v.is_taken)
SELECT w.offer_id FROM wanted w WHERE NOT EXISTS (SELECT FROM open n WHERE n.id = w.id)
 ORDER BY w.offer_id
""")

RELEASE = direct("""
WITH ended AS (
    UPDATE exchange_uses SET released_at = now()
     WHERE order_id = :order_id AND released_at IS NULL RETURNING offer_id, quantity),
locked AS MATERIALIZED (
    SELECT o.id, o.sold, e.quantity FROM exchange_offers o JOIN ended e ON e.offer_id = o.id
     ORDER BY o.id FOR NO KEY UPDATE OF o)
UPDATE exchange_offers o SET sold = k.sold - k.quantity FROM locked k WHERE o.id = k.id
""")

# What an order has none of any more it never used.
LESSEN = direct("""
WITH wanted AS (
    SELECT * FROM unnest(CAST(:offer_ids AS uuid[]), CAST(:quantities AS int[]))
        AS w(offer_id, less)),
mine AS MATERIALIZED (
    SELECT u.id, u.offer_id, u.quantity AS had, w.less
      FROM exchange_uses u JOIN wanted w USING (offer_id)
     WHERE u.order_id = :order_id AND u.released_at IS NULL),
fewer AS (
    UPDATE exchange_uses u SET quantity = m.had - m.less FROM mine m
     WHERE u.id = m.id AND m.less < m.had),
none AS (DELETE FROM exchange_uses u USING mine m WHERE u.id = m.id AND m.less = m.had),
locked AS MATERIALIZED (
    SELECT o.id, o.sold, m.less FROM exchange_offers o JOIN mine m ON m.offer_id = o.id
     ORDER BY o.id FOR NO KEY UPDATE OF o)
UPDATE exchange_offers o SET sold = k.sold - k.less FROM locked k WHERE o.id = k.id
""")

SHOWN = f"""
SELECT o.id, {SHOWN_GOODS},
       o.currency, o.points, o.cash_minor, o.per_member, o.tiers, o.starts_at, o.ends_at,
       o.quota - o.sold AS left
  FROM exchange_offers o {JOIN_GOODS}
 WHERE o.is_active AND o.currency = :currency AND coalesce(o.channel_id = :channel_id, true)
   AND coalesce(o.starts_at <= now(), true) AND coalesce(o.ends_at > now(), true)
   AND o.points::bigint * :point_value_minor + o.cash_minor <= x.list_minor
"""
_ONE = direct(f"{SHOWN} AND o.id = :id")
_PAGE = f"""{SHOWN}
   AND {before("o.id")}
   AND (CAST(:max_points AS int) IS NULL OR o.points <= CAST(:max_points AS int))
 ORDER BY o.id DESC LIMIT {{limit}}
"""


@dataclass(frozen=True, slots=True)
class AskedOffer:
    """An offer as a buyer finds it now; `left` limits the pieces, null does not."""

    id: UUID
    sku_id: UUID
    points: int
    cash_minor: int
    is_open: bool
    is_entitled: bool
    left: int | None


class ExchangeRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: ExchangeOffer) -> None:
        self._session.add(row)

    async def get(self, offer_id: UUID, *, lock: bool = False) -> ExchangeOffer | None:
        return await self._session.get(
            ExchangeOffer, offer_id, with_for_update=lock or None, populate_existing=lock
        )

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[ExchangeOffer]:
        statement = select(ExchangeOffer).order_by(ExchangeOffer.id.desc()).limit(limit)
        if after is not None:
            statement = statement.where(ExchangeOffer.id < after)
        return (await self._session.scalars(statement)).all()

    async def shown(
        self, *, limit: int, after: UUID | None, max_points: int | None, **where: Any
    ) -> list[Row[Any]]:
        """Open offers of a channel whose goods are for sale and are worth the points."""
        query = text(_PAGE.format(limit=int(limit)))
        values = where | {"after": after, "max_points": max_points}
        return list(await self._session.execute(query, values))

    async def shown_one(self, offer_id: UUID, **where: Any) -> Row[Any] | None:
        return (await self._session.execute(_ONE, where | {"id": offer_id})).first()

    async def asked(
        self,
        offer_ids: Sequence[UUID],
        *,
        channel_id: UUID,
        currency: str,
        member_id: UUID | None,
        at: datetime | None,
    ) -> dict[UUID, AskedOffer]:
        """The offers that exist, as the member finds them at `at`, by default now."""
        found = await self._session.execute(
            ASKED,
            {
                "ids": list(offer_ids),
                "channel_id": channel_id,
                "currency": currency,
                "member_id": member_id,
                "at": at,
            },
        )
        return {row.id: AskedOffer(*row) for row in found}

    async def take(
        self, wanted: Sequence[tuple[UUID, int]], *, order_id: UUID, member_id: UUID
    ) -> list[UUID]:
        """Count `(offer, pieces)` as taken, all or none; the offers of which too little is left."""
        found = await self._session.execute(
            TAKE,
            {
                "ids": [new_id() for _ in wanted],
                "offer_ids": [offer_id for offer_id, _ in wanted],
                "quantities": [quantity for _, quantity in wanted],
                "order_id": order_id,
                "member_id": member_id,
            },
        )
        return list(found.scalars())

    async def lessen(self, less: Sequence[tuple[UUID, int]], order_id: UUID) -> None:
        """Give back so many pieces by offer, of what an order has."""
        values = {"offer_ids": [each for each, _ in less], "quantities": [n for _, n in less]}
        await self._session.execute(LESSEN, values | {"order_id": order_id})

    async def release(self, order_id: UUID) -> None:
        await self._session.execute(RELEASE, {"order_id": order_id})
