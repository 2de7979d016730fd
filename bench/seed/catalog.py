"""A catalog: a tree of categories, brands, products with variants, prices, stock, pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from uuid import UUID

import asyncpg

from app.core.clock import now
from app.core.ids import new_id
from bench.seed.ground import make_ground
from bench.seed.rows import Row, json, put

ROOTS, CHILDREN, BRANDS = 8, 5, 50
VARIANTS = ("s", "m", "l")
ORDERED_SPUS = 200
"""The first products cost the same, so that any two of them make the same order."""
ORDERED_MINOR = 12_900
ON_HAND = 1_000_000
CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Product:
    """An SPU and its SKUs."""

    number: int
    spu_id: UUID
    sku_ids: tuple[UUID, ...]

    @property
    def name(self) -> str:
        """Ordered products share one, so that their orders differ in ids and codes only."""
        return f"Product {max(self.number, ORDERED_SPUS):05} of everyday use"

    def sku_code(self, variant: int) -> str:
        return f"SKU{self.number:06}-{variant:08}"


@dataclass(frozen=True, slots=True)
class Catalog:
    """`products` are in the order they were made; the first `ORDERED_SPUS` cost the same."""

    channel_id: UUID
    merchant_id: UUID
    warehouse_id: UUID
    price_list_id: UUID
    category_ids: tuple[UUID, ...]
    root_ids: tuple[UUID, ...]
    brand_ids: tuple[UUID, ...]
    products: tuple[Product, ...] = ()

    @property
    def ordered(self) -> tuple[Product, ...]:
        return self.products[:ORDERED_SPUS]


async def make_catalog(connection: asyncpg.Connection, lots: Random, *, spus: int) -> Catalog:
    channel_id, merchant_id, warehouse_id = await make_ground(connection)
    roots, leaves = await _categories(connection)
    brands = tuple(new_id() for _ in range(BRANDS))
    await put(
        connection,
        "brands",
        [
            {"id": each, "name": f"Brand {i}", "slug": f"brand-{i}", "initial": "B"}
            for i, each in enumerate(brands)
        ],
    )
    price_list = {"id": new_id(), "code": "standard", "name": "Standard", "kind": "list"}
    await put(connection, "price_lists", [price_list | {"currency": "CNY"}])
    empty = Catalog(channel_id, merchant_id, warehouse_id, price_list["id"], leaves, roots, brands)
    return await grow(connection, empty, lots, spus=spus)


async def grow(
    connection: asyncpg.Connection, catalog: Catalog, lots: Random, *, spus: int
) -> Catalog:
    """The catalog with more products, up to `spus` of them."""
    numbers = range(len(catalog.products), spus)
    more = [Product(i, new_id(), tuple(new_id() for _ in VARIANTS)) for i in numbers]
    for products in _chunks(more):
        await put(
            connection,
            "spus",
            [
                _spu(
                    each,
                    catalog.merchant_id,
                    catalog.category_ids[_leaf(each.number)],
                    lots.choice(catalog.brand_ids),
                )
                for each in products
            ],
        )
        await _skus(connection, products, catalog.merchant_id)
        await _prices(connection, lots, products, catalog.price_list_id)
        await _stock(connection, products, catalog.warehouse_id)
    return replace(catalog, products=(*catalog.products, *more))


def _chunks(products: Sequence[Product]) -> Iterator[Sequence[Product]]:
    """Few enough at a time for their rows to fit in memory."""
    for start in range(0, len(products), CHUNK):
        yield products[start : start + CHUNK]


def _leaf(index: int) -> int:
    """Ordered products share a leaf, the others take turns."""
    return 0 if index < ORDERED_SPUS else index % (ROOTS * CHILDREN)


async def _categories(connection: asyncpg.Connection) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    roots = tuple(new_id() for _ in range(ROOTS))
    leaves = tuple(new_id() for _ in range(ROOTS * CHILDREN))
    rows: list[Row] = [
        {
            "id": each,
            "parent_id": None,
            "ancestor_ids": [],
            "name": f"Root {i}",
            "slug": f"root-{i}",
        }
        for i, each in enumerate(roots)
    ]
    for i, each in enumerate(leaves):
        root = roots[i // CHILDREN]
        rows.append(
            {
                "id": each,
                "parent_id": root,
                "ancestor_ids": [root],
                "name": f"Category {i}",
                "slug": f"category-{i}",
            }
        )
    await put(connection, "categories", rows)
    return roots, leaves


def _spu(product: Product, merchant_id: UUID, category_id: UUID, brand_id: UUID) -> Row:
    sizes = [{"code": each, "name": each.upper()} for each in VARIANTS]
    return {
        "id": product.spu_id,
        "merchant_id": merchant_id,
        "category_id": category_id,
        "brand_id": brand_id,
        "code": f"SPU-{product.number:05}",
        "slug": f"product-{product.number:05}",
        "name": product.name,
        "subtitle": "Ships the same day",
        "description": "What it is made of, how it is cared for and who it fits. " * 4,
        "status": "on_sale",
        "options": json([{"code": "size", "name": "Size", "values": sizes}]),
        "attributes": {"material": ["cotton"], "season": ["spring", "autumn"]},
        "published_at": now(),
    }


async def _skus(
    connection: asyncpg.Connection, products: Sequence[Product], merchant_id: UUID
) -> None:
    skus: list[Row] = []
    media: list[Row] = []
    for product in products:
        i = product.number
        skus += [
            {
                "id": sku_id,
                "spu_id": product.spu_id,
                "merchant_id": merchant_id,
                "code": product.sku_code(position),
                "barcode": f"69{i:05}{position}",
                "options": {"size": size},
                "option_key": f"size={size}",
                "weight_grams": 250,
            }
            for position, (size, sku_id) in enumerate(zip(VARIANTS, product.sku_ids, strict=True))
        ]
        media += [
            {
                "id": new_id(),
                "spu_id": product.spu_id,
                "kind": "image",
                "url": f"https://media.example/{i:05}/{position}.webp",
                "alt": f"Product {i:05}",
                "position": position,
            }
            for position in range(3)
        ]
    await put(connection, "skus", skus)
    await put(connection, "media", media)


async def _prices(
    connection: asyncpg.Connection, lots: Random, products: Sequence[Product], list_id: UUID
) -> None:
    rows = []
    for product in products:
        is_ordered = product.number < ORDERED_SPUS
        base = ORDERED_MINOR if is_ordered else lots.randrange(1_000, 100_000, 100)
        rows += [
            {"sku_id": each, "price_list_id": list_id, "min_quantity": 1, "price_minor": base}
            for each in product.sku_ids
        ]
    await put(connection, "prices", rows)


async def _stock(
    connection: asyncpg.Connection, products: Sequence[Product], warehouse_id: UUID
) -> None:
    skus = [sku_id for product in products for sku_id in product.sku_ids]
    place = {"warehouse_id": warehouse_id, "on_hand": ON_HAND}
    await put(connection, "stock", [{"sku_id": each, **place} for each in skus])
    await put(
        connection,
        "stock_movements",
        [
            {
                "id": new_id(),
                "sku_id": each,
                "warehouse_id": warehouse_id,
                "kind": "receipt",
                "quantity": ON_HAND,
                "on_hand_after": ON_HAND,
                "cause": "receipt:opening",
            }
            for each in skus
        ],
    )
