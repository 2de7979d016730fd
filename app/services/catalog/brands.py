"""Brands."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import DomainError
from app.models.catalog import Brand
from app.repositories.catalog.products import ProductRepository
from app.repositories.catalog.rows import Rows, Slice
from app.services.catalog.edits import created, edit, removed


class BrandInUse(DomainError):
    slug, title, title_zh = "brand-in-use", "Products still carry the brand", "品牌下仍有商品"


async def create_brand(session: AsyncSession, values: Mapping[str, Any], *, actor: Actor) -> Brand:
    """Raises `AlreadyExists` for a taken name or slug."""
    rows = Rows(session, Brand)
    for field in ("name", "slug"):
        await rows.refuse_taken(field, values[field])
    row = await rows.add(Brand(**values))
    await created(session, row, actor=actor)
    return row


async def edit_brand(
    session: AsyncSession, brand_id: UUID, values: Mapping[str, Any], *, version: int, actor: Actor
) -> Brand:
    rows = Rows(session, Brand)
    row = await rows.locked(brand_id, version=version)
    for field in {"name", "slug"} & values.keys():
        await rows.refuse_taken(field, values[field], but=row.id)
    return await edit(session, row, values, actor=actor)


async def delete_brand(
    session: AsyncSession, brand_id: UUID, *, version: int, actor: Actor
) -> None:
    """Delete a brand no product carries. Raises `BrandInUse`."""
    rows = Rows(session, Brand)
    row = await rows.locked(brand_id, version=version)
    if await ProductRepository(session).carries(brand_id):
        raise BrandInUse("Give its products another brand first")
    await removed(session, row, actor=actor)
    await rows.remove(row)


async def get_brand(session: AsyncSession, brand_id: UUID) -> Brand:
    return await Rows(session, Brand).get(brand_id)


async def list_brands(
    session: AsyncSession,
    *,
    initial: str | None,
    is_active: bool | None,
    after: UUID | None,
    limit: int,
) -> Slice[Brand]:
    where = []
    if initial is not None:
        where.append(Brand.initial == initial)
    if is_active is not None:
        where.append(Brand.is_active == is_active)
    return await Rows(session, Brand).page(*where, after=after, limit=limit)
