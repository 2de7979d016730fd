"""Catalog rows for tests: valid as they are, overridden where a test cares."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.core.enums.catalog import ChannelKind, ProductStatus, TaxMode
from app.core.ids import random_code
from app.models.catalog import Brand, Category, Channel, Sku, Spu, Tag, TaxRate
from app.models.merchants import Merchant


def _unique(prefix: str) -> str:
    return f"{prefix}-{random_code(8).lower()}"


async def platform_merchant(session: AsyncSession) -> Merchant:
    """The platform's own merchant, made when the database has none."""
    merchant = await session.scalar(select(Merchant).where(Merchant.is_platform))
    if merchant is None:
        merchant = Merchant(code="platform", name="Platform", is_platform=True)
        session.add(merchant)
        await session.flush()
    return merchant


async def make_channel(
    session: AsyncSession, *, tax_rates: Mapping[str, int] | None = None, **overrides: Any
) -> Channel:
    """A channel in CNY with inclusive tax; `tax_rates` maps tax classes to basis points."""
    values: dict[str, Any] = {
        "code": _unique("channel"),
        "name": "Shop",
        "kind": ChannelKind.STOREFRONT,
        "currency": "CNY",
        "country": "CN",
        "tax_mode": TaxMode.INCLUSIVE,
        "is_default": False,
        "is_active": True,
    }
    channel = Channel(**values | overrides)
    session.add(channel)
    await session.flush()
    session.add_all(
        TaxRate(channel_id=channel.id, tax_class=each, rate_bps=rate)
        for each, rate in (tax_rates or {}).items()
    )
    await session.flush()
    return channel


async def make_category(
    session: AsyncSession, *, parent: Category | None = None, **overrides: Any
) -> Category:
    """A root category, or a child of `parent`."""
    values: dict[str, Any] = {
        "name": "Category",
        "slug": _unique("category"),
        "parent_id": parent.id if parent else None,
        "ancestor_ids": [*parent.ancestor_ids, parent.id] if parent else [],
        "position": 0,
        "is_active": True,
    }
    category = Category(**values | overrides)
    session.add(category)
    await session.flush()
    return category


async def make_brand(session: AsyncSession, **overrides: Any) -> Brand:
    name = _unique("brand")
    brand = Brand(**{"name": name, "slug": name, "is_active": True} | overrides)
    session.add(brand)
    await session.flush()
    return brand


async def make_tag(session: AsyncSession, **overrides: Any) -> Tag:
    tag = Tag(**{"code": _unique("tag"), "name": "Tag"} | overrides)
    session.add(tag)
    await session.flush()
    return tag


async def make_spu(session: AsyncSession, **overrides: Any) -> Spu:
    """A product on sale, of the platform unless `merchant_id` says otherwise."""
    code = _unique("spu")
    values: dict[str, Any] = {
        "code": code,
        "slug": code,
        "name": "Product",
        "tax_class": "standard",
        "status": ProductStatus.ON_SALE,
        "options": [],
        "attributes": {},
    } | overrides
    if "merchant_id" not in values:
        values["merchant_id"] = (await platform_merchant(session)).id
    if "category_id" not in values:
        values["category_id"] = (await make_category(session)).id
    if values["status"] is ProductStatus.ON_SALE:
        values.setdefault("published_at", now())
    spu = Spu(**values)
    session.add(spu)
    await session.flush()
    return spu


def option_key(options: Mapping[str, str]) -> str:
    return "|".join(f"{axis}={options[axis]}" for axis in sorted(options))


async def make_sku(session: AsyncSession, *, spu: Spu | None = None, **overrides: Any) -> Sku:
    """A SKU without prices or stock; its SPU is made too unless given."""
    if spu is None:
        owner = {"merchant_id": overrides["merchant_id"]} if "merchant_id" in overrides else {}
        spu = await make_spu(session, **owner)
    options = overrides.pop("options", None)
    if options is None:  # An SPU has one SKU per choice of options, so tell plain ones apart.
        options = {"variant": random_code(6).lower()}
    values: dict[str, Any] = {
        "spu_id": spu.id,
        "merchant_id": spu.merchant_id,
        "code": _unique("sku"),
        "name": spu.name,
        "options": options,
        "option_key": option_key(options),
        "weight_grams": 500,
    }
    sku = Sku(**values | overrides)
    session.add(sku)
    await session.flush()
    return sku


async def make_skus(
    session: AsyncSession, *, count: int, spu: Spu | None = None, **overrides: Any
) -> Sequence[UUID]:
    """Ids of `count` SKUs of one SPU."""
    spu = spu or await make_spu(session)
    return [(await make_sku(session, spu=spu, **overrides)).id for _ in range(count)]
