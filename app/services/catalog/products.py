"""Products (SPUs) as staff and merchants write them, and the actions that change their status.

`merchant_id` is the tenant of the caller: a merchant's system sees its own products only and
edits drafts only; None is staff, who may edit any product that is not archived.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.catalog import ProductStatus
from app.core.errors import DomainError
from app.models.catalog import AttributeSet, Brand, Category, Spu
from app.repositories.catalog.products import ProductFilter, ProductRepository
from app.repositories.catalog.rows import Rows, Slice
from app.services import system
from app.services.catalog.attribute_sets import check_attributes
from app.services.catalog.edits import created, edit
from app.services.catalog.engine.lifecycle import ProductAction, advance
from app.services.catalog.engine.options import extended, read_axes
from app.services.catalog.engine.slugs import slugify
from app.services.catalog.events import ProductMoved


class ProductIncomplete(DomainError):
    slug, title, title_zh = (
        "product-incomplete",
        "The product has nothing that could be sold",
        "商品没有可售的规格",
    )


class ProductLocked(DomainError):
    slug, title, title_zh = (
        "product-locked",
        "The product cannot be edited in its status",
        "当前状态的商品不可编辑",
    )


async def create_product(
    session: AsyncSession, values: Mapping[str, Any], *, merchant_id: UUID, actor: Actor
) -> Spu:
    """A new draft of the merchant. Without a `slug` one is made of the name and code.

    Raises `AlreadyExists` for a taken code or slug, `InvalidReference` for an unknown category,
    brand or attribute set, `InvalidAttributes` and `InvalidOptions`.
    """
    repository = ProductRepository(session)
    fields = dict(values)
    fields["slug"] = fields.get("slug") or slugify(f"{fields['name']} {fields['code']}")
    await repository.refuse_taken("code", fields["code"], Spu.merchant_id == merchant_id)
    await repository.refuse_taken("slug", fields["slug"])
    await _check(session, fields)
    row = await repository.add(Spu(merchant_id=merchant_id, status=ProductStatus.DRAFT, **fields))
    await created(session, row, actor=actor)
    return row


async def edit_product(
    session: AsyncSession,
    spu_id: UUID,
    values: Mapping[str, Any],
    *,
    merchant_id: UUID | None,
    version: int,
    actor: Actor,
) -> Spu:
    """Change a product. Option values some SKU may have chosen stay known.

    Raises `ProductLocked` for an archived product, and for a merchant unless it is a draft.
    """
    row = await locked_for_edit(session, spu_id, merchant_id=merchant_id, version=version)
    if values.get("slug", row.slug) != row.slug:
        await ProductRepository(session).refuse_taken("slug", values["slug"], but=row.id)
    fields = dict(values)
    if "options" in fields:
        axes = extended(read_axes(row.options), read_axes(fields["options"]))
        fields["options"] = [axis.dump() for axis in axes]
    await _check(session, {"attribute_set_id": row.attribute_set_id} | fields)
    return await edit(session, row, fields, actor=actor)


async def move_product(
    session: AsyncSession,
    spu_id: UUID,
    action: ProductAction,
    *,
    merchant_id: UUID | None,
    version: int,
    actor: Actor,
    reason: str | None = None,
) -> Spu:
    """Apply a named action of the life cycle and tell of it; `reason` goes to the operation log.

    Raises `IllegalProductTransition`, and `ProductIncomplete` when a product without an active
    SKU would go on sale.
    """
    repository = ProductRepository(session)
    row = await repository.locked_of_merchant(spu_id, merchant_id, version=version)
    values: dict[str, Any] = {"status": advance(row.status, action)}
    if values["status"] is ProductStatus.ON_SALE:
        if not await repository.has_active_sku(spu_id):
            raise ProductIncomplete("Give it an active SKU first")
        values["published_at"] = row.published_at or now()
    also = {"reason": reason} if reason else None
    moved = await edit(session, row, values, actor=actor, verb=action.value, also=also)
    fact = ProductMoved(
        product_id=moved.id,
        product_code=moved.code,
        merchant_id=moved.merchant_id,
        action=action,
        status=moved.status,
    )
    await system.publish(session, fact)
    return moved


async def get_product(session: AsyncSession, spu_id: UUID, *, merchant_id: UUID | None) -> Spu:
    return await ProductRepository(session).of_merchant(spu_id, merchant_id)


async def list_products(
    session: AsyncSession, wanted: ProductFilter, *, after: UUID | None, limit: int
) -> Slice[Spu]:
    return await ProductRepository(session).filtered(wanted, after=after, limit=limit)


async def locked_for_edit(
    session: AsyncSession, spu_id: UUID, *, merchant_id: UUID | None, version: int | None
) -> Spu:
    """The product, locked until commit, if the caller may edit it now."""
    row = await ProductRepository(session).locked_of_merchant(spu_id, merchant_id, version=version)
    frozen = row.status is ProductStatus.ARCHIVED
    if frozen or (merchant_id is not None and row.status is not ProductStatus.DRAFT):
        raise ProductLocked(f"It is {row.status.value}", status=row.status.value)
    return row


async def _check(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await Rows(session, Category).require(values.get("category_id"), field="category_id")
    await Rows(session, Brand).require(values.get("brand_id"), field="brand_id")
    set_id = values.get("attribute_set_id")
    await Rows(session, AttributeSet).require(set_id, field="attribute_set_id")
    await check_attributes(session, set_id, values.get("attributes", {}))
    read_axes(values.get("options", []))
