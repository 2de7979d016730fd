"""SKUs, one by one. Many at once come from the generator."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.catalog import SkuStatus
from app.models.catalog import Sku
from app.repositories.catalog.products import ProductRepository, SkuRepository
from app.repositories.catalog.rows import Slice
from app.services.catalog.edits import created, edit
from app.services.catalog.engine.options import check_choice, read_axes
from app.services.catalog.products import locked_for_edit


async def create_sku(
    session: AsyncSession,
    spu_id: UUID,
    values: Mapping[str, Any],
    *,
    merchant_id: UUID | None,
    actor: Actor,
) -> Sku:
    """A SKU that chooses one value of every option of its product.

    Raises `InvalidOptions`, and `AlreadyExists` for a taken code or choice.
    """
    spu = await locked_for_edit(session, spu_id, merchant_id=merchant_id, version=None)
    key = check_choice(read_axes(spu.options), values["options"])
    row = await SkuRepository(session).add_new(
        Sku(spu_id=spu.id, merchant_id=spu.merchant_id, option_key=key, **values)
    )
    await created(session, row, actor=actor)
    return row


async def edit_sku(
    session: AsyncSession,
    sku_id: UUID,
    values: Mapping[str, Any],
    *,
    merchant_id: UUID | None,
    version: int,
    actor: Actor,
) -> Sku:
    """Change name, barcode, weight or cost; what a SKU is (code, options) never changes."""
    row = await lock_sku(session, sku_id, merchant_id=merchant_id, version=version)
    return await edit(session, row, values, actor=actor)


async def set_sku_status(
    session: AsyncSession,
    sku_id: UUID,
    status: SkuStatus,
    *,
    merchant_id: UUID | None,
    version: int,
    actor: Actor,
) -> Sku:
    """Activate or deactivate. An inactive SKU can no longer be bought."""
    row = await lock_sku(session, sku_id, merchant_id=merchant_id, version=version)
    verb = "activate" if status is SkuStatus.ACTIVE else "deactivate"
    return await edit(session, row, {"status": status}, actor=actor, verb=verb)


async def get_sku(session: AsyncSession, sku_id: UUID, *, merchant_id: UUID | None) -> Sku:
    return await SkuRepository(session).of_merchant(sku_id, merchant_id)


async def list_skus(
    session: AsyncSession,
    spu_id: UUID,
    *,
    merchant_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> Slice[Sku]:
    """SKUs of one product. Raises `NotFound` for a product of another merchant."""
    await ProductRepository(session).of_merchant(spu_id, merchant_id)
    return await SkuRepository(session).of_product(spu_id, after=after, limit=limit)


async def lock_sku(
    session: AsyncSession, sku_id: UUID, *, merchant_id: UUID | None, version: int
) -> Sku:
    """The SKU, locked until commit, if the caller may edit it now."""
    repository = SkuRepository(session)
    found = await repository.of_merchant(sku_id, merchant_id)
    await locked_for_edit(session, found.spu_id, merchant_id=merchant_id, version=None)
    return await repository.locked(sku_id, version=version)
