"""The product page of shoppers: one statement, its JSON built by PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import Direct, direct
from app.core.enums.catalog import TaxMode
from app.models.pricing import LOWEST_DAYS
from app.repositories.catalog.listing import OPEN_WAREHOUSES
from app.repositories.catalog.offer_state import (
    FREE,
    IN_OPEN,
    OfferState,
    Watched,
    offer_key,
    state_columns,
    state_of,
)
from app.repositories.kits import whole_kits

LOW_STOCK = 10
"""From so few pieces on, shoppers are told how many are left."""

_SKU = f"""json_build_object(
    'id', k.id, 'code', k.code, 'name', coalesce(k.name, s.name), 'barcode', k.barcode,
    'options', k.options, 'weight_grams', k.weight_grams,
    'components', CASE WHEN k.is_kit THEN (SELECT json_agg(json_build_object(
            'sku_id', v.id, 'sku_code', v.code, 'name', coalesce(v.name, h.name),
            'quantity', c.quantity) ORDER BY v.code)
        FROM kit_components c JOIN skus v ON v.id = c.sku_id JOIN spus h ON h.id = v.spu_id
        WHERE c.kit_id = k.id) END,
    'list_price_minor', b.list_minor, 'price_minor', b.price_minor,
    'price_kind', b.kind, 'price_ends_at', b.ends_at,
    'price_since_at', z.valid_from,
    'lowest_before_minor', (SELECT min(y.price_minor) FROM price_spans y
        WHERE y.sku_id = z.sku_id AND y.channel_id = z.channel_id AND y.valid_from < z.valid_from
            AND y.valid_to > z.valid_from - interval '{LOWEST_DAYS} days'),
    'quantity_prices', (SELECT coalesce(json_agg(json_build_object(
            'min_quantity', o.min_quantity, 'price_minor', o.price_minor)
            ORDER BY o.min_quantity), '[]')
        FROM offers o WHERE o.sku_id = k.id AND o.min_quantity > 1
            AND (o.kind <> 'list' OR o.list_id = b.list_id)),
    'stock_state', CASE WHEN coalesce(a.pieces, 0) <= 0 THEN 'out_of_stock'
        WHEN a.pieces <= {LOW_STOCK} THEN 'low' ELSE 'in_stock' END,
    'pieces_left', CASE WHEN coalesce(a.pieces, 0) <= {LOW_STOCK}
        THEN greatest(coalesce(a.pieces, 0), 0) END
)"""

_PRODUCT = """json_build_object(
    'id', s.id, 'code', s.code, 'slug', s.slug, 'name', s.name, 'subtitle', s.subtitle,
    'description', s.description, 'unit', s.unit, 'published_at', s.published_at,
    'merchant', json_build_object('id', m.id, 'name', m.name),
    'brand', (SELECT json_build_object('id', b.id, 'name', b.name, 'slug', b.slug)
        FROM brands b WHERE b.id = s.brand_id),
    'category_path', (SELECT json_agg(json_build_object('id', c.id, 'name', c.name,
            'slug', c.slug) ORDER BY cardinality(c.ancestor_ids))
        FROM categories leaf
        JOIN categories c ON c.id = leaf.id OR c.id = ANY (leaf.ancestor_ids)
        WHERE leaf.id = s.category_id),
    'attributes', (SELECT coalesce(json_agg(json_build_object('code', v.key,
            'name', coalesce(d.name, v.key), 'unit', d.unit, 'values', v.value)
            ORDER BY d.position, v.key), '[]')
        FROM jsonb_each(s.attributes) v
        LEFT JOIN attributes d ON d.attribute_set_id = s.attribute_set_id AND d.code = v.key),
    'options', s.options,
    'media', (SELECT coalesce(json_agg(json_build_object('id', g.id, 'sku_id', g.sku_id,
            'kind', g.kind, 'url', g.url, 'alt', g.alt) ORDER BY g.position, g.id), '[]')
        FROM media g WHERE g.spu_id = s.id),
    'tags', (SELECT coalesce(json_agg(json_build_object('code', t.code, 'name', t.name)
            ORDER BY t.code), '[]')
        FROM spu_tags w JOIN tags t ON t.id = w.tag_id
        WHERE w.spu_id = s.id AND coalesce(w.expires_at > now(), true)),
    'currency', ch.currency,
    'min_price_minor', (SELECT min(price_minor) FROM best),
    'max_price_minor', (SELECT max(price_minor) FROM best)
)"""

_SKUS = f"""(
    SELECT array_agg(k.id ORDER BY k.id) AS ids, array_agg({_SKU}::text ORDER BY k.id) AS bodies
    FROM skus k
    LEFT JOIN best b ON b.sku_id = k.id
    LEFT JOIN pieces a ON a.sku_id = k.id
    LEFT JOIN price_spans z ON z.sku_id = k.id AND z.channel_id = (SELECT id FROM ch)
        AND z.valid_from <= now() AND z.valid_to > now()
    WHERE k.spu_id = s.id AND k.status = 'active')"""


def _kits(product: str) -> str:
    """How many there are of the kits of a product."""
    kits = f"""c.kit_id IN (SELECT k.id FROM skus k
        WHERE k.is_kit AND k.spu_id = (SELECT s.id FROM spus s WHERE s.{product} = :product))"""
    return whole_kits(kits, FREE, IN_OPEN)


@lru_cache
def _statement(channel: str, product: str, watched: tuple[bool, bool]) -> Direct:
    """The statement of one shape of request; the arguments are constants of this module."""
    return direct(
        f"""
        WITH ch AS MATERIALIZED (
            SELECT id, code, currency, country, tax_mode FROM channels
            WHERE is_active AND {channel}
        ), open_warehouses AS MATERIALIZED (
            {OPEN_WAREHOUSES}
        ), offers AS MATERIALIZED (
            SELECT r.sku_id, l.id AS list_id, l.kind, l.channel_id IS NULL AS is_general,
                l.ends_at, n.minor AS price_minor, r.min_quantity
            FROM skus k
            -- OFFSET keeps the planner from starting at a list and reading all of it.
            CROSS JOIN LATERAL (
                SELECT * FROM prices
                WHERE sku_id = k.id AND coalesce(sold < quota, true) OFFSET 0
            ) r
            JOIN price_lists l ON l.id = r.price_list_id AND l.is_active
                AND l.kind IN ('list', 'channel', 'flash')
                AND l.currency = (SELECT currency FROM ch)
                AND (l.channel_id IS NULL OR l.channel_id = (SELECT id FROM ch))
                AND coalesce(l.starts_at <= now(), true) AND coalesce(l.ends_at > now(), true)
            CROSS JOIN LATERAL (
                SELECT price_at(r.price_minor, r.change_ats, r.change_minors, now()) AS minor
            ) n
            WHERE k.spu_id = (SELECT s.id FROM spus s WHERE s.{product} = :product)
                AND k.status = 'active' AND n.minor IS NOT NULL
        ), base AS (
            SELECT DISTINCT ON (sku_id) sku_id, list_id, price_minor AS list_minor
            FROM offers WHERE kind = 'list' AND min_quantity = 1
            ORDER BY sku_id, is_general, list_id
        ), best AS MATERIALIZED (
            SELECT DISTINCT ON (o.sku_id) o.sku_id, base.list_id, base.list_minor,
                o.price_minor, o.kind, o.ends_at
            FROM offers o JOIN base ON base.sku_id = o.sku_id
            WHERE o.min_quantity = 1 AND (o.kind <> 'list' OR o.list_id = base.list_id)
            ORDER BY o.sku_id, o.price_minor, o.kind <> 'list', o.list_id
        ), pieces AS MATERIALIZED (
            SELECT q.sku_id, sum(greatest(q.on_hand - q.reserved - q.safety, 0))::int AS pieces
            FROM skus k JOIN stock q ON q.sku_id = k.id
            WHERE k.spu_id = (SELECT s.id FROM spus s WHERE s.{product} = :product)
                AND q.warehouse_id IN (SELECT id FROM open_warehouses)
            GROUP BY q.sku_id
            UNION ALL {_kits(product)}
        )
        SELECT ch.id, ch.code, ch.currency, ch.country, ch.tax_mode,
            s.id AS spu_id, {_PRODUCT}::text AS body, told.ids, told.bodies,
            {offer_key("s", "p")} AS key, {state_columns(watched)}
        FROM (SELECT) one
        LEFT JOIN ch ON true
        LEFT JOIN (spus s JOIN merchants m ON m.id = s.merchant_id AND m.is_active)
            ON s.{product} = :product AND s.status = 'on_sale' AND ch.id IS NOT NULL
        LEFT JOIN spu_prices p ON p.spu_id = s.id AND p.channel_id = ch.id
            AND p.valid_from <= now() AND p.valid_to > now()
        LEFT JOIN LATERAL {_SKUS} told ON s.id IS NOT NULL
        """
    )


@dataclass(frozen=True, slots=True)
class PageChannel:
    id: UUID
    code: str
    currency: str
    country: str
    tax_mode: TaxMode


@dataclass(frozen=True, slots=True)
class ProductPage:
    """`body` is a JSON object without the SKUs, whose own are `skus` in order of `sku_ids`.

    `spu_id` and `body` are None when no such product is on sale; `key` names what its offers
    depend on, None without a price.
    """

    channel: PageChannel
    spu_id: UUID | None
    body: str | None
    sku_ids: Sequence[UUID]
    skus: Sequence[str]
    key: str | None
    state: OfferState


class PageRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def product(
        self, named: UUID | str, channel: str | None, watched: Watched
    ) -> ProductPage | None:
        """The page of the product so named by id or slug; None when there is no such channel."""
        statement = _statement(
            "is_default" if channel is None else "code = :channel",
            "id" if isinstance(named, UUID) else "slug",
            watched.shape,
        )
        values: dict[str, object] = {"product": named, **watched.values()}
        if channel is not None:
            values["channel"] = channel
        row = (await self._session.execute(statement, values)).one()
        if row.id is None:
            return None
        return ProductPage(
            channel=PageChannel(row.id, row.code, row.currency, row.country, TaxMode(row.tax_mode)),
            spu_id=row.spu_id,
            body=row.body if row.spu_id else None,
            sku_ids=row.ids or (),
            skus=row.bodies or (),
            key=row.key,
            state=state_of(row, row.id),
        )
