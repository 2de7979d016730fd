"""The product list of shoppers: one statement, its JSON built by PostgreSQL.

The statement also reads what the offers of its products depend on, for those who add them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import Direct, direct
from app.core.json import dump
from app.repositories.catalog.goods_filter import GoodsFilter, condition
from app.repositories.catalog.offer_state import (
    FREE,
    IN_OPEN,
    NOTHING_WATCHED,
    OfferState,
    Watched,
    offer_key,
    state_columns,
    state_of,
)
from app.repositories.kits import whole_kits


@dataclass(frozen=True, slots=True)
class _Sort:
    """`order` picks a page, `rank` orders what was picked, `beyond` goes on after the last row."""

    key: str
    order: str
    rank: str
    beyond: str


CALLED = "(s.name || ' ' || coalesce(s.subtitle, '') || ' ' || coalesce(s.keywords, ''))"
"""What a product is called, as `spu_grams` reads it."""

_LIKE = re.compile(r"[\\%_]")
_ESCAPED = r"\\\g<0>"

OPEN_WAREHOUSES = """SELECT w.id FROM warehouses w WHERE w.is_active AND (
    EXISTS (SELECT FROM channel_warehouses s
        WHERE s.channel_id = (SELECT id FROM ch) AND s.warehouse_id = w.id)
    OR NOT EXISTS (SELECT FROM channel_warehouses s WHERE s.channel_id = (SELECT id FROM ch)))"""
"""Warehouses that serve the channel of `ch`, as inventory reads them."""

# What is sorted by is chosen here and never comes from a request.
SORTS: Mapping[str, _Sort] = {
    "newest": _Sort("NULL", "s.id DESC", "id DESC", "s.id < :last_id"),
    "name": _Sort(
        "s.name",
        "s.name, s.id",
        "key, id",
        "(s.name, s.id) > (CAST(:last_key AS varchar), :last_id)",
    ),
    "price": _Sort(
        "p.min_minor",
        "p.min_minor, p.spu_id",
        "key, id",
        "(p.min_minor, p.spu_id) > (CAST(:last_key AS bigint), :last_id)",
    ),
    "-price": _Sort(
        "p.min_minor",
        "p.min_minor DESC, p.spu_id DESC",
        "key DESC, id DESC",
        "(p.min_minor, p.spu_id) < (CAST(:last_key AS bigint), :last_id)",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingQuery:
    """What a shopper asked for. A brand goes by id or slug, a channel by code, None the default.

    `categories` are all ids of a branch of the tree; `attributes` maps codes to one value each,
    found among the descriptive attributes or the option values of a product. All `words`, which are
    lower case, are in what the product is called. With `goods` a product passes that any of the
    filters lets through.
    """

    channel: str | None = None
    sort: str = "newest"
    limit: int = 20
    categories: Sequence[UUID] | None = None
    brand: UUID | str | None = None
    tag: str | None = None
    min_price_minor: int | None = None
    max_price_minor: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    words: Sequence[str] = ()
    last_key: int | str | None = None
    last_id: UUID | None = None
    goods: Sequence[GoodsFilter] = ()
    watched: Watched = NOTHING_WATCHED


@dataclass(frozen=True, slots=True)
class ListingPage:
    """`items` are JSON objects, `keys` name what the offers of each depend on.

    The last row's key and id are None on the last page.
    """

    items: Sequence[str]
    keys: Sequence[str]
    state: OfferState
    last_key: int | str | None
    last_id: UUID | None


class ListingRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(self, wanted: ListingQuery) -> ListingPage | None:
        """One page of products on sale with a price in the channel; None for no such channel."""
        statement = _statement(
            wanted.sort,
            wanted.limit,
            column_of(wanted.brand),
            flags_of(wanted),
            len(wanted.attributes),
            wanted.watched.shape,
            tuple(each.shape for each in wanted.goods),
        )
        row = (await self._session.execute(statement, values_of(wanted))).one()
        if row.channel_id is None:
            return None
        # The driver's own kind of UUID is not known to the JSON writer of cursors.
        last_id = UUID(int=row.last_id.int) if row.last_id else None
        state = state_of(row, row.channel_id)
        return ListingPage(row.items or (), row.keys or (), state, row.last_key, last_id)


def flags_of(wanted: ListingQuery) -> frozenset[str]:
    given = {
        "channel": wanted.channel,
        "categories": wanted.categories,
        "tag": wanted.tag,
        "words": wanted.words or None,
        "min_price_minor": wanted.min_price_minor,
        "max_price_minor": wanted.max_price_minor,
        "last_id": wanted.last_id,
    }
    return frozenset(name for name, value in given.items() if value is not None)


def values_of(wanted: ListingQuery) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(wanted, name) for name in flags_of(wanted)}
    values |= wanted.watched.values()
    for number, goods in enumerate(wanted.goods):
        values |= goods.values(number)
    if wanted.words:
        values["words"] = [f"%{_LIKE.sub(_ESCAPED, each)}%" for each in wanted.words]
        values["grams"] = [gram for each in wanted.words for gram in _grams(each)]
    if wanted.brand:
        values["brand"] = wanted.brand
    if wanted.categories is not None:
        values["size"] = wanted.limit + 1
    if wanted.last_id is not None and wanted.sort != "newest":
        values["last_key"] = wanted.last_key
    for at, (code, value) in enumerate(wanted.attributes.items()):
        values[f"attribute_{at}"] = dump({code: [value]})
        option = [{"code": code, "values": [{"code": value}]}]
        values[f"option_{at}"] = dump(option)
    return values


@lru_cache(maxsize=1_024)
def _statement(
    sort: str,
    limit: int,
    brand: str | None,
    flags: frozenset[str],
    attributes: int,
    watched: tuple[bool, bool],
    goods: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...],
) -> Direct:
    """The statement of one shape of request; columns and sorts are constants of this module."""
    by = SORTS[sort]
    # A bound limit has every request planned anew (performance.md 6). That is what the sizes of
    # categories need: a plan made for any category is the wrong one for most.
    size = "CAST(:size AS bigint)" if "categories" in flags else str(limit + 1)
    where = list(filters(brand, flags, attributes))
    if goods:
        where.append(f"({' OR '.join(condition(n, each) for n, each in enumerate(goods))})")
    if "last_id" in flags:
        where.append(by.beyond)
    return direct(
        f"""
        WITH ch AS MATERIALIZED (
            SELECT id, currency, tax_mode FROM channels
            WHERE is_active AND {"code = :channel" if "channel" in flags else "is_default"}
        ), open_warehouses AS MATERIALIZED (
            {OPEN_WAREHOUSES}
        ), picked AS MATERIALIZED (
            SELECT s.id, s.slug, s.name, s.subtitle, s.brand_id, p.min_minor, p.max_minor,
                p.digest, p.has_quotas, {by.key} AS key
            FROM spus s
            JOIN spu_prices p ON p.spu_id = s.id AND p.channel_id = (SELECT id FROM ch)
                AND p.valid_from <= now() AND p.valid_to > now()
            JOIN merchants m ON m.id = s.merchant_id AND m.is_active
            WHERE s.status = 'on_sale' {"".join(f" AND {each}" for each in where)}
            ORDER BY {by.order}
            LIMIT {size}
        ), numbered AS (
            SELECT picked.*, row_number() OVER (ORDER BY {by.rank}) AS n FROM picked
        ), page AS (
            SELECT * FROM numbered WHERE n <= {limit}
        )
        SELECT (SELECT id FROM ch) AS channel_id, (SELECT currency FROM ch) AS currency,
            (SELECT tax_mode FROM ch) AS tax_mode,
            {state_columns(watched)}, told.items, told.keys,
            last.key AS last_key, last.id AS last_id
        FROM (
            SELECT array_agg({_ITEM}::text ORDER BY s.n) AS items,
                array_agg({_KEY} ORDER BY s.n) AS keys
            FROM page s
        ) told
        LEFT JOIN LATERAL (
            SELECT key, id FROM page
            WHERE n = {limit} AND EXISTS (SELECT FROM numbered WHERE n = {limit + 1})
        ) last ON true
        """
    )


def filters(brand: str | None, flags: frozenset[str], attributes: int) -> list[str]:
    found = []
    if "categories" in flags:
        found.append(
            # The ids are bound, so that each plan knows how much of the catalog they hold: a wide
            # category is read in the order of the sort, a narrow one from its own index.
            "s.category_id = ANY (CAST(:categories AS uuid[]))"
        )
    if brand is not None:
        found.append(f"s.brand_id = (SELECT id FROM brands WHERE {brand} = :brand)")
    if "tag" in flags:
        found.append(
            "s.id IN (SELECT w.spu_id FROM spu_tags w JOIN tags t ON t.id = w.tag_id"
            " WHERE t.code = :tag AND coalesce(w.expires_at > now(), true))"
        )
    if "words" in flags:
        # Pieces of the words find the products by an index; then the words have to be there whole.
        found.append(
            "spu_grams(s.name, s.subtitle, s.keywords) @> CAST(:grams AS text[])"
            f" AND lower({CALLED}) LIKE ALL (CAST(:words AS text[]))"
        )
    if "min_price_minor" in flags:
        found.append("p.min_minor >= :min_price_minor")
    if "max_price_minor" in flags:
        found.append("p.min_minor <= :max_price_minor")
    found += [
        f"(s.attributes @> CAST(:attribute_{at} AS jsonb)"
        f" OR s.options @> CAST(:option_{at} AS jsonb))"
        for at in range(attributes)
    ]
    return found


def _grams(word: str) -> list[str]:
    """Its pairs of letters, or the one letter it is, as the function `spu_grams` makes them."""
    return [word[n : n + 2] for n in range(max(len(word) - 1, 1))]


def column_of(named: UUID | str | None) -> str | None:
    """Which column finds what a request names so."""
    if named is None:
        return None
    return "id" if isinstance(named, UUID) else "slug"


_KEY = offer_key("s", "s")

_KITS = whole_kits(
    "c.kit_id IN (SELECT k.id FROM skus k WHERE k.spu_id = s.id AND k.status = 'active'"
    " AND k.is_kit)",
    FREE,
    f"{FREE} >= c.quantity AND {IN_OPEN}",
)

_ITEM = f"""json_build_object(
    'id', s.id, 'slug', s.slug, 'name', s.name, 'subtitle', s.subtitle,
    'brand', (SELECT json_build_object('id', b.id, 'name', b.name, 'slug', b.slug)
        FROM brands b WHERE b.id = s.brand_id),
    'image', (SELECT json_build_object('url', m.url, 'alt', m.alt) FROM media m
        WHERE m.spu_id = s.id AND m.sku_id IS NULL AND m.kind = 'image'
        ORDER BY m.position, m.id LIMIT 1),
    'currency', (SELECT currency FROM ch),
    'min_price_minor', s.min_minor, 'max_price_minor', s.max_minor,
    'in_stock', EXISTS (
        SELECT FROM skus k JOIN stock q ON q.sku_id = k.id
        WHERE k.spu_id = s.id AND k.status = 'active' AND q.on_hand > q.reserved + q.safety
            AND q.warehouse_id IN (SELECT id FROM open_warehouses)
    ) OR EXISTS ({_KITS}),
    'tags', (SELECT coalesce(json_agg(json_build_object('code', t.code, 'name', t.name)
            ORDER BY t.code), '[]')
        FROM spu_tags w JOIN tags t ON t.id = w.tag_id
        WHERE w.spu_id = s.id AND coalesce(w.expires_at > now(), true))
)"""
