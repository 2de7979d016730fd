"""Pictures and films of a product, by URL. The service never fetches them."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import DomainError, InvalidReference, NotFound
from app.models.catalog import Media, Spu
from app.repositories.catalog.products import ProductRepository, SkuRepository
from app.services.catalog.edits import edit
from app.services.catalog.products import locked_for_edit

MAX_MEDIA = 100


class TooManyMedia(DomainError):
    slug, title, title_zh = "too-many-media", "The product has too many media", "商品素材过多"


async def list_media(
    session: AsyncSession, spu_id: UUID, *, merchant_id: UUID | None
) -> Sequence[Media]:
    """Media of the product and its SKUs in display order."""
    repository = ProductRepository(session)
    await repository.of_merchant(spu_id, merchant_id)
    return await repository.media(spu_id)


async def add_media(
    session: AsyncSession,
    spu_id: UUID,
    values: Mapping[str, Any],
    *,
    merchant_id: UUID | None,
    actor: Actor,
) -> Media:
    """Raises `InvalidReference` for a SKU of another product, `TooManyMedia` at the limit."""
    spu = await locked_for_edit(session, spu_id, merchant_id=merchant_id, version=None)
    if (sku_id := values.get("sku_id")) is not None:
        await _check_sku(session, sku_id, spu)
    if await ProductRepository(session).media_count(spu_id) >= MAX_MEDIA:
        raise TooManyMedia(f"At most {MAX_MEDIA}", max_media=MAX_MEDIA)
    row = await ProductRepository(session).add_media(Media(spu_id=spu_id, **values))
    await edit(session, spu, {}, actor=actor, verb="add-media", also={"media": [None, row.url]})
    return row


async def remove_media(
    session: AsyncSession,
    spu_id: UUID,
    media_id: UUID,
    *,
    merchant_id: UUID | None,
    actor: Actor,
) -> None:
    spu = await locked_for_edit(session, spu_id, merchant_id=merchant_id, version=None)
    repository = ProductRepository(session)
    row = await repository.one_media(spu_id, media_id)
    await repository.remove_media(row)
    await edit(session, spu, {}, actor=actor, verb="remove-media", also={"media": [row.url, None]})


async def move_media(session: AsyncSession, address: str) -> None:
    """Have what lies below the path of `address`, on whatever host, at `address` from now on.

    For media that the service shows itself, whose host and port are where it was started.
    """
    await ProductRepository(session).move_media(urlsplit(address).path, address)


async def _check_sku(session: AsyncSession, sku_id: UUID, spu: Spu) -> None:
    try:
        sku = await SkuRepository(session).get(sku_id)
    except NotFound:
        sku = None
    if sku is None or sku.spu_id != spu.id:
        raise InvalidReference("The SKU is not of this product", field="sku_id")
