"""The completejourney import: a grocer's 92 331 products in dollars, one SKU each."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.cli.imports.running import IMPORTER, Step, counted
from app.cli.imports.volume_data import (
    CategoryPath,
    Row,
    category_path,
    category_paths,
    folder,
    product_batches,
    product_count,
    shelf_prices,
)
from app.cli.imports.warehouses import main_warehouse
from app.core.clock import now
from app.core.enums.catalog import ChannelKind, ProductStatus, TaxMode
from app.core.enums.pricing import PriceListKind
from app.services import catalog, inventory, merchants, pricing
from app.services.catalog import imports
from app.services.catalog.imports import Notes

SOURCE = "completejourney"
CHANNEL, CURRENCY, PRICE_LIST = "grocer", "USD", "completejourney"
BATCH = 2_000


def volume_steps(*, pieces: int) -> Iterator[Step]:
    """`pieces` of every SKU with a price are received, once."""
    data = folder()
    paths = category_paths(data)
    levels = [[p for p in paths if len(p) == depth] for depth in (1, 2, 3)]
    steps = VolumeSteps(data, shelf_prices(data), pieces)
    total = -(-product_count(data) // BATCH)
    yield Step("shop", 1, [None], steps.shop)
    yield Step("categories", len(levels), levels, steps.categories)
    yield Step("products", total, product_batches(data, BATCH), steps.products)


@dataclass(frozen=True, slots=True)
class VolumeSteps:
    """Each method lands one batch in the caller's transaction."""

    data: Path
    prices: Mapping[int, int]
    pieces: int

    async def shop(self, session: AsyncSession, batch: None, notes: Notes) -> None:
        """A channel in dollars and its price list, made by the first run."""
        await merchants.ensure_platform(session)
        known = await imports.known_rows(session, SOURCE, "shop", ["channel", "price_list"])
        if "channel" not in known:
            values = {
                "code": CHANNEL,
                "name": "Grocer",
                "kind": ChannelKind.STOREFRONT,
                "currency": CURRENCY,
                "country": "US",
                "tax_mode": TaxMode.EXCLUSIVE,
            }
            channel = await catalog.create_channel(session, values, actor=IMPORTER)
            await imports.remember(session, SOURCE, "shop", {"channel": channel.id})
        if "price_list" not in known:
            made = await pricing.create_price_list(
                session,
                pricing.PriceListTerms(name="Shelf prices"),
                code=PRICE_LIST,
                kind=PriceListKind.LIST,
                currency=CURRENCY,
                actor=IMPORTER,
            )
            await imports.remember(session, SOURCE, "shop", {"price_list": made.id})

    async def categories(
        self, session: AsyncSession, batch: Sequence[CategoryPath], notes: Notes
    ) -> None:
        above = {_name(path[:depth]) for path in batch for depth in range(1, len(path))}
        known = await imports.known_rows(session, SOURCE, "category", above)
        rows = {}
        for path in batch:
            ancestors = [known[_name(path[:depth])] for depth in range(1, len(path))]
            rows[_name(path)] = {
                "parent_id": ancestors[-1] if ancestors else None,
                "ancestor_ids": ancestors,
                "name": path[-1].capitalize()[:200],
                "slug": _slug(_name(path)),
            }
        counted(notes, "categories", await imports.land(session, SOURCE, imports.CATEGORY, rows))

    async def products(self, session: AsyncSession, batch: Sequence[Row], notes: Notes) -> None:
        """Products with a brand, their SKU, its price and, if wanted, stock."""
        owner = (await merchants.ensure_platform(session)).id
        brands = await self._brands(session, batch, notes)
        names = {_name(category_path(row)) for row in batch}
        categories = await imports.known_rows(session, SOURCE, "category", names)
        spus = {}
        for row in batch:
            path = category_path(row)
            if not path:
                notes.reject("product", row["product_id"], "has no department")
                continue
            ids = (categories[_name(path)], brands.get(_brand(row) or ""))
            spus[str(row["product_id"])] = self._product(row, path, owner, *ids)
        products = await imports.land(session, SOURCE, imports.PRODUCT, spus)
        counted(notes, "products", products)
        skus = {
            ref: {
                "spu_id": products.ids[ref],
                "merchant_id": owner,
                "code": spu["code"],
                "name": spu["name"],
                "options": {},
                "option_key": "",
                "status": "active",
                "weight_grams": 0,
            }
            for ref, spu in spus.items()
        }
        landed = await imports.land(session, SOURCE, imports.SKU, skus)
        counted(notes, "SKUs", landed)
        priced = {
            sku_id: self.prices[int(ref)]
            for ref, sku_id in landed.ids.items()
            if int(ref) in self.prices
        }
        notes.count("products never sold, so drafts without a price", len(spus) - len(priced))
        await self._price(session, priced, notes)
        await self._stock(session, {r: i for r, i in landed.ids.items() if i in priced}, notes)

    async def _brands(
        self, session: AsyncSession, batch: Sequence[Row], notes: Notes
    ) -> Mapping[str, UUID]:
        names = sorted({name for row in batch if (name := _brand(row)) is not None})
        known = await imports.known_rows(session, SOURCE, imports.BRAND.name, names)
        rows = {
            name: {"name": name, "slug": catalog.slugify(name)}
            for name in names
            if name not in known
        }
        landed = await imports.land(session, SOURCE, imports.BRAND, rows)
        notes.count("brands created", landed.created)
        return known | dict(landed.ids)

    def _product(
        self, row: Row, path: CategoryPath, owner: UUID, category_id: UUID, brand_id: UUID | None
    ) -> dict[str, Any]:
        size = (row["package_size"] or "").strip()
        name = f"{path[-1].capitalize()} {size}".strip()[:200]
        is_sold = row["product_id"] in self.prices
        code = f"CJ{row['product_id']}"
        return {
            "merchant_id": owner,
            "category_id": category_id,
            "brand_id": brand_id,
            "code": code,
            "slug": f"{catalog.slugify(name)}-{code.lower()}",
            "name": name,
            "tax_class": "standard",
            "status": (ProductStatus.ON_SALE if is_sold else ProductStatus.DRAFT).value,
            "options": [],
            "attributes": {"size": [size]} if size else {},
            "published_at": now().isoformat() if is_sold else None,
        }

    async def _price(self, session: AsyncSession, priced: Mapping[UUID, int], notes: Notes) -> None:
        known = await imports.known_rows(session, SOURCE, "shop", ["price_list"])
        rows = [pricing.PriceRow(sku_id, minor) for sku_id, minor in priced.items()]
        if rows:
            changed = await pricing.set_prices(session, known["price_list"], rows, actor=IMPORTER)
            notes.count("prices set", changed)
            notes.count("prices unchanged", len(rows) - changed)

    async def _stock(self, session: AsyncSession, priced: Mapping[str, UUID], notes: Notes) -> None:
        if not self.pieces or not priced:
            return
        known = await imports.known_rows(session, SOURCE, "stock", priced)
        new = {ref: sku_id for ref, sku_id in priced.items() if ref not in known}
        if new:
            warehouse = await main_warehouse(session)
            moves = [inventory.Move(sku_id, warehouse, self.pieces) for sku_id in new.values()]
            cause = f"import:{SOURCE}"
            await inventory.receive(session, moves, cause=cause, actor=IMPORTER.principal)
            await imports.remember(session, SOURCE, "stock", new)
            notes.count("SKUs stocked", len(new))


def _name(path: CategoryPath) -> str:
    """The outside id of a category."""
    return " / ".join(path)[:128]


def _slug(name: str) -> str:
    """Names that differ in punctuation only read alike, so a few digits tell them apart."""
    return f"{catalog.slugify(name)}-{hashlib.blake2s(name.encode(), digest_size=3).hexdigest()}"


def _brand(row: Row) -> str | None:
    """The source names manufacturers by number, and says whether the brand is the shop's own."""
    if row["manufacturer_id"] is None:
        return None
    return f"{row['brand'] or 'Brand'} {row['manufacturer_id']}"
