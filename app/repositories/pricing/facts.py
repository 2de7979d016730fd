"""Everything the price of a SKU depends on, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.repositories.catalog.offer_state import offer_key
from app.repositories.kits import KIT_COST

# Each price is [kind, list id, of this channel, price, min_quantity, left, blocks, ends_at]; what
# is left of a quota is also limited by what the member already took. The ids are read off a
# subquery to hide their number from the planner: a plan for a short array alone seems so much
# cheaper that one would be made for every cart, at two thirds of the statement's time.
_POLICY = """json_build_array(
               coalesce(o.max_discount_bps, d.max_discount_bps),
               coalesce(o.min_margin_bps, d.min_margin_bps), coalesce(o.objective, d.objective),
               coalesce(o.stages, d.stages), coalesce(o.tax_scope, d.tax_scope),
               coalesce(o.shipping_tax, d.shipping_tax),
               coalesce(o.shipping_tax_bps, d.shipping_tax_bps))::text AS policy
      FROM (SELECT) one
      LEFT JOIN price_policies o ON o.channel_id = :channel_id
      LEFT JOIN price_policies d ON d.channel_id IS NULL"""

_COST = f"""CASE WHEN k.is_kit THEN {KIT_COST}
            WHEN k.cost_currency = :currency THEN k.cost_minor END"""

_COLUMNS = f"""k.id, k.code, coalesce(k.name, p.name) AS name, p.name AS spu_name,
       k.options::text, k.spu_id, k.merchant_id, k.weight_grams, k.volume_cm3, p.category_id,
       c.ancestor_ids, p.brand_id, coalesce(t.rate_bps, 0) AS tax_rate_bps, b.tier, b.at, b.policy,
       f.floor_minor,
       {_COST} AS cost_minor,
       k.status = 'active' AS is_active, p.status = 'on_sale' AND m.is_active AS is_on_sale,
       EXISTS (SELECT 1 FROM purchase_limits l
                WHERE (l.sku_id = k.id OR l.spu_id = k.spu_id) AND l.is_active) AS is_limited,
       x.prices::text"""

_SOURCES = """
  FROM buyer b
 CROSS JOIN skus k
  JOIN spus p ON p.id = k.spu_id
  JOIN merchants m ON m.id = k.merchant_id
  JOIN categories c ON c.id = p.category_id
  LEFT JOIN price_floors f ON f.sku_id = k.id AND f.currency = :currency
  LEFT JOIN tax_rates t ON t.channel_id = :channel_id AND t.tax_class = p.tax_class
  LEFT JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_array(
                 l.kind, l.id, l.channel_id IS NOT NULL, n.minor, r.min_quantity,
                 least(r.quota - r.sold, r.per_member - CASE WHEN r.per_member IS NULL THEN 0 ELSE (
                     SELECT coalesce(sum(u.quantity), 0) FROM price_uses u
                      WHERE u.member_id = b.member_id AND u.price_list_id = r.price_list_id
                        AND u.sku_id = r.sku_id AND u.min_quantity = r.min_quantity
                        AND u.released_at IS NULL) END),
                 l.blocks_promotions, l.ends_at)) AS prices
        FROM prices r JOIN price_lists l ON l.id = r.price_list_id
       CROSS JOIN LATERAL (
           SELECT price_at(r.price_minor, r.change_ats, r.change_minors, b.at) AS minor) n
       WHERE r.sku_id = k.id AND n.minor IS NOT NULL AND l.is_active AND l.currency = :currency
         AND (l.channel_id IS NULL OR l.channel_id = :channel_id)
         AND (l.tier IS NULL OR l.tier = b.tier)
         AND (l.kind <> 'group_buy' OR b.is_group_buy)
         AND (l.kind <> 'b2b' OR l.id = ANY(b.own_lists))
         AND (l.starts_at IS NULL OR l.starts_at <= b.at)
         AND (l.ends_at IS NULL OR b.at < l.ends_at)
  ) x ON true"""

FACTS = direct(f"""
WITH buyer AS MATERIALIZED (
    SELECT CAST(:member_id AS uuid) AS member_id,
           coalesce(CAST(:tier AS varchar),
                    (SELECT tier FROM members WHERE id = CAST(:member_id AS uuid))) AS tier,
           coalesce(CAST(:at AS timestamptz), now()) AS at,
           CAST(:is_group_buy AS boolean) AS is_group_buy,
           ARRAY(SELECT price_list_id FROM price_list_members
                  WHERE member_id = CAST(:member_id AS uuid)) AS own_lists,
           {_POLICY})
SELECT {_COLUMNS} {_SOURCES}
 WHERE k.id = ANY(ARRAY(SELECT unnest(CAST(:sku_ids AS uuid[]))))
""")

# What any buyer of a tier finds who is on the same lists; what one used up is not known here.
SHELVES = direct(f"""
WITH buyer AS MATERIALIZED (
    SELECT CAST(NULL AS uuid) AS member_id, CAST(:tier AS varchar) AS tier, now() AS at,
           false AS is_group_buy, CAST(:own_lists AS uuid[]) AS own_lists,
           {_POLICY})
SELECT {_COLUMNS}, {offer_key("p", "v")} AS key {_SOURCES}
  LEFT JOIN spu_prices v ON v.spu_id = p.id AND v.channel_id = :channel_id
       AND v.valid_from <= b.at AND v.valid_to > b.at
 WHERE k.spu_id = ANY(ARRAY(SELECT unnest(CAST(:spu_ids AS uuid[])))) AND k.status = 'active'
 ORDER BY k.spu_id, k.id
""")


class PriceFact(NamedTuple):
    """A price that is open to this buyer now; `left` limits the pieces, null does not."""

    kind: str
    list_id: str
    is_of_channel: bool
    price_minor: int
    min_quantity: int
    left: int | None
    blocks: bool
    ends_at: str | None


class SkuFacts(NamedTuple):
    """What a quote and an order need to know of a SKU. `options` maps option to value code.

    `floor_minor` is what was set, `cost_minor` what it costs us before tax, `volume_cm3` how big a
    piece is; None where nobody said.
    """

    sku_id: UUID
    sku_code: str
    name: str
    spu_name: str
    options: dict[str, Any]
    spu_id: UUID
    merchant_id: UUID
    weight_grams: int
    category_id: UUID
    ancestor_ids: tuple[UUID, ...]
    brand_id: UUID | None
    tax_rate_bps: int
    is_active: bool
    is_on_sale: bool
    is_limited: bool
    floor_minor: int | None
    cost_minor: int | None
    volume_cm3: int | None
    prices: tuple[PriceFact, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """SKUs by id, as of `at` by the database's clock; `tier` is the buyer's.

    `policy` is the JSON array of what the channel allows, null where it says nothing; empty when
    there are no SKUs.
    """

    skus: dict[UUID, SkuFacts]
    at: datetime | None
    tier: str | None
    policy: str = ""


class FactRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def read(
        self,
        sku_ids: Sequence[UUID],
        *,
        channel_id: UUID,
        currency: str,
        member_id: UUID | None,
        at: datetime | None,
        is_group_buy: bool = False,
        tier: str | None = None,
    ) -> Reading:
        """Facts of the SKUs that exist, with the prices open at `at`, by default now.

        `tier` is somebody's who is no member; a member's own is read.
        """
        values = {
            "sku_ids": list(sku_ids),
            "channel_id": channel_id,
            "currency": currency,
            "member_id": member_id,
            "at": at,
            "is_group_buy": is_group_buy,
            "tier": tier,
        }
        rows = (await self._session.execute(FACTS, values)).all()
        if not rows:
            return Reading({}, None, None)
        return Reading(
            {row.id: _facts(row) for row in rows}, rows[0].at, rows[0].tier, rows[0].policy
        )

    async def shelves(
        self,
        spu_ids: Sequence[UUID],
        *,
        channel_id: UUID,
        currency: str,
        tier: str | None,
        own_lists: Sequence[UUID],
    ) -> Sequence[tuple[str | None, str, SkuFacts]]:
        """Active SKUs of products in order, with the offer key of each product and the policy.

        The key belongs to the very prices read here.
        """
        values = {
            "spu_ids": list(spu_ids),
            "channel_id": channel_id,
            "currency": currency,
            "tier": tier,
            "own_lists": list(own_lists),
        }
        rows = (await self._session.execute(SHELVES, values)).all()
        return [(row.key, row.policy, _facts(row)) for row in rows]


def _facts(row: Any) -> SkuFacts:
    prices = orjson.loads(row.prices) if row.prices else ()
    return SkuFacts(
        sku_id=row.id,
        sku_code=row.code,
        name=row.name,
        spu_name=row.spu_name,
        options=orjson.loads(row.options),
        spu_id=row.spu_id,
        merchant_id=row.merchant_id,
        weight_grams=row.weight_grams,
        category_id=row.category_id,
        ancestor_ids=tuple(row.ancestor_ids),
        brand_id=row.brand_id,
        tax_rate_bps=row.tax_rate_bps,
        is_active=row.is_active,
        is_on_sale=row.is_on_sale,
        is_limited=row.is_limited,
        floor_minor=row.floor_minor,
        cost_minor=row.cost_minor,
        volume_cm3=row.volume_cm3,
        prices=tuple(PriceFact(*each) for each in prices),
    )
