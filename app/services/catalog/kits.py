"""Kits: SKUs that consist of other SKUs of their merchant."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import DomainError, InvalidReference
from app.models.catalog import Sku
from app.repositories.catalog.kits import KitRepository
from app.services.catalog.edits import edit
from app.services.catalog.skus import get_sku, lock_sku

__all__ = ["Component", "Kit", "KitComponent", "NoKit", "among", "get", "make"]


class NoKit(DomainError):
    """It lies in warehouses or is sold before it does, or other kits consist of it."""

    slug, title, title_zh = (
        "cannot-be-a-kit",
        "That SKU cannot be a kit",
        "该商品不能设为套装",
    )


class Component(NamedTuple):
    """Pieces in one kit; one of them is worth `worth` in proportion to the others."""

    sku_id: UUID
    quantity: int
    worth: int


@dataclass(frozen=True, slots=True)
class KitComponent:
    """A component as it is shown."""

    sku_id: UUID
    sku_code: str
    name: str
    quantity: int
    worth: int


@dataclass(frozen=True, slots=True)
class Kit:
    """A SKU and what it consists of; nothing, where it is like others."""

    sku: Sku
    components: Sequence[KitComponent]


async def make(
    session: AsyncSession,
    sku_id: UUID,
    components: Collection[Component],
    *,
    merchant_id: UUID | None,
    version: int,
    actor: Actor,
) -> Kit:
    """Let a SKU consist of these from now on, or of nothing; orders keep what they were promised.

    A SKU of which a piece ever lay anywhere is no kit: what it consists of does. Raises
    `NotFound`, `StaleVersion`, `ProductLocked`, `NoKit`, and `InvalidReference` for components that
    are kits, named twice, or not its merchant's.
    """
    sku = await lock_sku(session, sku_id, merchant_id=merchant_id, version=version)
    repository = KitRepository(session)
    parts = sorted(components)
    ids = {each.sku_id for each in parts}
    if len(ids) < len(parts) or sku_id in ids:
        raise InvalidReference("Name each component once, and not the kit", field="components")
    if strange := await repository.strange(ids, sku.merchant_id):
        raise InvalidReference(
            f"No SKU of its merchant, or a kit: {strange[0]}", field="components"
        )
    before = [[str(each.sku_id), each.quantity, each.worth] for each in await _parts(session, sku)]
    after = [[str(each.sku_id), each.quantity, each.worth] for each in parts]
    also = {"components": [sorted(before), after]} if sorted(before) != after else None
    # Taken off a kit before it is none, for the key of a component names a kit.
    if not parts:
        await repository.put(sku_id, sku.merchant_id, parts)
    if parts and await repository.is_part(sku_id):
        raise NoKit("Kits consist of it", reason="is_component")
    sku = await edit(session, sku, {"is_kit": bool(parts)}, actor=actor, also=also)
    # Whoever takes goods in holds the SKU's key; looked at afterwards, so nothing comes meanwhile.
    if parts and await repository.is_stocked(sku_id):
        raise NoKit("Make a new SKU of it", reason="has_stock")
    if parts:
        await repository.put(sku_id, sku.merchant_id, parts)
    return await _kit(session, sku)


async def get(session: AsyncSession, sku_id: UUID, *, merchant_id: UUID | None) -> Kit:
    """Of what a SKU consists. Raises `NotFound`."""
    return await _kit(session, await get_sku(session, sku_id, merchant_id=merchant_id))


async def among(session: AsyncSession, sku_ids: Collection[UUID]) -> set[UUID]:
    """Which of these are kits."""
    return await KitRepository(session).among(sku_ids)


async def _kit(session: AsyncSession, sku: Sku) -> Kit:
    return Kit(sku, await _parts(session, sku))


async def _parts(session: AsyncSession, sku: Sku) -> list[KitComponent]:
    rows = await KitRepository(session).parts(sku.id)
    return [KitComponent(*row) for row in rows]
