"""By what the products of a list can be narrowed further, with counts: one statement."""

from dataclasses import replace
from functools import lru_cache

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.catalog.listing import (
    ListingQuery,
    column_of,
    filters,
    flags_of,
    values_of,
)

MOST = 5_000
"""So many products, the newest, are counted: what a question costs does not grow with the shop."""
MOST_VALUES = 50

_BASE = frozenset({"channel", "categories", "tag", "words"})
_BOUNDS = frozenset({"min_price_minor", "max_price_minor"})


class FacetRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def count(self, wanted: ListingQuery) -> str | None:
        """A JSON object of facets; None when there is no such channel."""
        wanted = replace(wanted, last_id=None, last_key=None)
        codes = tuple(wanted.attributes)
        statement = _statement(column_of(wanted.brand), flags_of(wanted), len(codes))
        values = values_of(wanted) | {
            f"facet_{at}": f"attr.{code}" for at, code in enumerate(codes)
        }
        values.pop("size", None)
        found: str | None = await self._session.scalar(statement, values)
        return found


@lru_cache(maxsize=256)
def _statement(brand: str | None, flags: frozenset[str], attributes: int) -> TextClause:
    """A product that fails one filter alone still counts for that filter's own facet.

    `missed` names the filters a product fails. What is chosen in a facet thus leaves its other
    values to be seen, with what choosing them instead would show.
    """
    missed = [f"CASE WHEN NOT ({each}) THEN 'brand' END" for each in filters(brand, frozenset(), 0)]
    if bounds := filters(None, flags & _BOUNDS, 0):
        missed.append(f"CASE WHEN NOT ({' AND '.join(bounds)}) THEN 'price' END")
    missed += [
        f"CASE WHEN NOT ({each}) THEN CAST(:facet_{at} AS text) END"
        for at, each in enumerate(filters(None, frozenset(), attributes))
    ]
    base = "".join(f" AND {each}" for each in filters(None, flags & _BASE, 0))
    return text(
        f"""
        WITH ch AS MATERIALIZED (
            SELECT id, currency FROM channels
            WHERE is_active AND {"code = :channel" if "channel" in flags else "is_default"}
        ), goods AS MATERIALIZED (
            SELECT s.id, s.brand_id, s.attribute_set_id, s.attributes, s.options, p.min_minor,
                array_remove(CAST(ARRAY[{", ".join(missed)}] AS text[]), NULL) AS missed
            FROM spus s
            JOIN spu_prices p ON p.spu_id = s.id AND p.channel_id = (SELECT id FROM ch)
                AND p.valid_from <= now() AND p.valid_to > now()
            JOIN merchants m ON m.id = s.merchant_id AND m.is_active
            WHERE s.status = 'on_sale'{base}
            ORDER BY s.id DESC
            LIMIT {MOST + 1}
        ), told AS (
            SELECT d.position AS place, d.code, d.name, d.unit, v.value, v.value AS value_name,
                0 AS rank, g.id, g.missed
            FROM goods g
            JOIN attributes d ON d.attribute_set_id = g.attribute_set_id AND d.is_filterable
            CROSS JOIN LATERAL jsonb_array_elements_text(g.attributes -> d.code) AS v (value)
            UNION ALL
            SELECT -1, o.axis ->> 'code', o.axis ->> 'name', NULL, v.value ->> 'code',
                v.value ->> 'name', v.rank, g.id, g.missed
            FROM goods g
            CROSS JOIN LATERAL jsonb_array_elements(g.options) AS o (axis)
            CROSS JOIN LATERAL jsonb_array_elements(o.axis -> 'values')
                WITH ORDINALITY AS v (value, rank)
        ), counted AS (
            SELECT t.code, min(t.place) AS place, min(t.name) AS name, min(t.unit) AS unit,
                t.value, min(t.value_name) AS value_name, count(DISTINCT t.id) AS count,
                min(t.rank) AS rank
            FROM told t WHERE t.missed <@ ARRAY['attr.' || t.code]
            GROUP BY t.code, t.value
        ), numbered AS (
            SELECT c.*, row_number() OVER (
                PARTITION BY c.code ORDER BY c.count DESC, c.value_name) AS n
            FROM counted c
        )
        SELECT json_build_object(
            'currency', ch.currency,
            'count', (SELECT count(*) FROM (
                SELECT FROM goods WHERE missed = '{{}}' LIMIT {MOST}) within),
            'is_exact', (SELECT count(*) FROM goods) <= {MOST},
            'min_price_minor', (SELECT min(min_minor) FROM goods WHERE missed <@ '{{price}}'),
            'max_price_minor', (SELECT max(min_minor) FROM goods WHERE missed <@ '{{price}}'),
            'brands', (SELECT coalesce(json_agg(json_build_object('id', b.id, 'name', b.name,
                    'slug', b.slug, 'count', b.count) ORDER BY b.count DESC, b.name), '[]')
                FROM (SELECT r.id, r.name, r.slug, count(*) AS count
                    FROM goods g JOIN brands r ON r.id = g.brand_id
                    WHERE g.missed <@ '{{brand}}' GROUP BY r.id
                    ORDER BY count(*) DESC, r.name LIMIT {MOST_VALUES}) b),
            'attributes', (SELECT coalesce(json_agg(json_build_object('code', a.code,
                    'name', a.name, 'unit', a.unit, 'values', a.found) ORDER BY a.place, a.code),
                    '[]')
                FROM (SELECT n.code, min(n.place) AS place, min(n.name) AS name,
                        min(n.unit) AS unit, json_agg(json_build_object('value', n.value,
                            'name', n.value_name, 'count', n.count) ORDER BY n.rank, n.n) AS found
                    FROM numbered n WHERE n.n <= {MOST_VALUES} GROUP BY n.code) a)
        )::text
        FROM ch
        """
    )
