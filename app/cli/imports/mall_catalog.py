"""The mall's catalog proper: brands, categories, attribute sets, products and SKUs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.cli.imports.mall_data import Mall, Row, axes_of, choice_of
from app.cli.imports.running import counted
from app.core.clock import now
from app.core.enums.catalog import ProductStatus
from app.services import catalog, merchants
from app.services.catalog import imports
from app.services.catalog.imports import Notes

SOURCE = "mall"


@dataclass(frozen=True, slots=True)
class CatalogSteps:
    """Each method lands one batch in the caller's transaction."""

    mall: Mall

    async def brands(self, session: AsyncSession, rows: Sequence[Row], notes: Notes) -> None:
        named = {
            str(row["id"]): {
                "name": row["name"],
                "slug": f"{catalog.slugify(row['name'])}-{SOURCE}-{row['id']}",
                "initial": row["initial"],
            }
            for row in rows
        }
        counted(notes, "brands", await imports.land(session, SOURCE, imports.BRAND, named))

    async def categories(self, session: AsyncSession, rows: Sequence[Row], notes: Notes) -> None:
        """Parents lie in an earlier batch; a child whose parent does not exist is refused."""
        parents = [str(row["parent_id"]) for row in rows if row["parent_id"] is not None]
        known = await imports.known_rows(session, SOURCE, "category", parents)
        landed: dict[str, dict[str, Any]] = {}
        for row in rows:
            parent = row["parent_id"]
            if parent is not None and str(parent) not in known:
                notes.reject("category", row["id"], f"parent category {parent} does not exist")
                continue
            parent_id = known.get(str(parent))
            landed[str(row["id"])] = {
                "parent_id": parent_id,
                "ancestor_ids": [parent_id] if parent_id else [],
                "name": row["name"],
                "slug": f"{catalog.slugify(row['name'])}-{SOURCE}-{row['id']}",
                "position": row["sort"],
                "keywords": row["keywords"],
            }
        counted(notes, "categories", await imports.land(session, SOURCE, imports.CATEGORY, landed))

    async def attributes(self, session: AsyncSession, rows: Sequence[Row], notes: Notes) -> None:
        names = {row["set"]: {"name": row["set"]} for row in rows if row["set"] is not None}
        sets = await imports.land(session, SOURCE, imports.ATTRIBUTE_SET, names)
        counted(notes, "attribute sets", sets)
        landed: dict[str, dict[str, Any]] = {}
        for row in rows:
            if row["set"] is None:
                notes.reject("attribute", row["id"], f"{row['name']} belongs to no attribute set")
                continue
            landed[str(row["id"])] = {
                "attribute_set_id": sets.ids[row["set"]],
                "code": f"a{row['id']}",
                "name": row["name"],
                "kind": row["kind"],
                "choices": row["choices"],
                "position": len(landed),
            }
        counted(notes, "attributes", await imports.land(session, SOURCE, imports.ATTRIBUTE, landed))

    async def products(self, session: AsyncSession, rows: Sequence[Row], notes: Notes) -> None:
        """Products with their SKUs. Of products with one code the first is taken."""
        sets = {self.mall.set_of(row) for row in rows}
        refs = {
            kind: await imports.known_rows(session, SOURCE, kind, names)
            for kind, names in {
                "category": {str(row["category_id"]) for row in rows},
                "brand": {str(row["brand_id"]) for row in rows},
                "attribute_set": {name for name in sets if name is not None},
            }.items()
        }
        owner = (await merchants.ensure_platform(session)).id
        codes = first_by_code(self.mall.files["products"])
        landed = {}
        for row in rows:
            if (fault := _fault(row, codes, refs["category"], refs["brand"])) is not None:
                notes.reject("product", row["id"], fault)
            else:
                landed[str(row["id"])] = self._product(row, owner, refs, notes)
        products = await imports.land(session, SOURCE, imports.PRODUCT, landed)
        counted(notes, "products", products)
        skus: dict[str, dict[str, Any]] = {}
        for row in rows:
            if (spu_id := products.ids.get(str(row["id"]))) is not None:
                skus |= self._skus(row, spu_id, owner, notes)
        counted(notes, "SKUs", await imports.land(session, SOURCE, imports.SKU, skus))

    def _product(
        self, row: Row, owner: UUID, refs: dict[str, dict[str, UUID]], notes: Notes
    ) -> dict[str, Any]:
        set_name = self.mall.set_of(row)
        is_sold = row["published"] and row["skus"]
        if not row["skus"]:
            notes.reject("product", row["id"], "has no SKUs: taken as a draft without a price")
        return {
            "merchant_id": owner,
            "category_id": refs["category"][str(row["category_id"])],
            "brand_id": refs["brand"][str(row["brand_id"])],
            "attribute_set_id": refs["attribute_set"].get(set_name) if set_name else None,
            "code": row["spu_code"],
            "slug": f"{catalog.slugify(row['name'])[:80]}-{SOURCE}-{row['id']}",
            "name": row["name"].strip(),
            "keywords": row["keywords"] or None,
            "unit": row["unit"] or None,
            "tax_class": "standard",
            "status": (ProductStatus.ON_SALE if is_sold else ProductStatus.DRAFT).value,
            "options": axes_of(row, self.mall.attributes_of(set_name)),
            "attributes": self._attributes(row, set_name, notes),
            "published_at": now().isoformat() if is_sold else None,
        }

    def _attributes(self, row: Row, set_name: str | None, notes: Notes) -> dict[str, list[str]]:
        """Descriptive values by code; what SKUs differ in is said by their options."""
        known = self.mall.attributes_of(set_name)
        found: dict[str, list[str]] = {}
        for each in row["attributes"]:
            name, value = each["attribute"], each["value"]
            attribute = known.get(name)
            if attribute is None:
                where = f"not in set {set_name}" if set_name else "no attribute set fits"
                notes.reject("product attribute", row["id"], f"{name}={value}: {where}")
            elif attribute["kind"] == "sale":
                continue
            elif attribute["choices"] and value not in attribute["choices"]:
                notes.reject("product attribute", row["id"], f"{name}={value} is no choice")
            else:
                found.setdefault(f"a{attribute['id']}", []).append(value)
        return found

    def _skus(self, row: Row, spu_id: UUID, owner: UUID, notes: Notes) -> dict[str, dict[str, Any]]:
        axes = axes_of(row, self.mall.attributes_of(self.mall.set_of(row)))
        landed: dict[str, dict[str, Any]] = {}
        for sku in row["skus"]:
            options = choice_of(sku, axes)
            if len(options) < len(axes):
                notes.reject("sku", sku["code"], "does not name every option of its product")
                continue
            landed[sku["code"]] = {
                "spu_id": spu_id,
                "merchant_id": owner,
                "code": sku["code"],
                "name": " ".join([row["name"].strip(), *sku["options"].values()])[:300],
                "options": options,
                "option_key": catalog.option_key(options),
                "status": "active",
                "weight_grams": row["weight_g"],
            }
        return landed


def first_by_code(rows: Sequence[Row]) -> dict[str, int]:
    """The product that has each code first."""
    found: dict[str, int] = {}
    for row in rows:
        found.setdefault(row["spu_code"], row["id"])
    return found


def _fault(
    row: Row, codes: dict[str, int], categories: dict[str, UUID], brands: dict[str, UUID]
) -> str | None:
    if not row["spu_code"]:
        return "has no product code"
    if not row["name"].strip():
        return "has no name"
    if codes[row["spu_code"]] != row["id"]:
        return f"product {codes[row['spu_code']]} already has code {row['spu_code']}"
    if str(row["category_id"]) not in categories:
        return f"category {row['category_id']} does not exist"
    if str(row["brand_id"]) not in brands:
        return f"brand {row['brand_id']} does not exist"
    return None
