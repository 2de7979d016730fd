"""Kits: what promises of them hold, and how many of them could be made where."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.inventory import KitPromiseRepository, Pieces
from app.services.inventory.engine import Kits, Part, explode, worths

__all__ = ["Kits", "Made", "Part", "explode", "made_of", "of", "unpack", "worths"]


class Made(NamedTuple):
    """Kits that could be made of what is free in a warehouse."""

    warehouse_id: UUID
    warehouse_code: str
    pieces: int


async def of(session: AsyncSession, owner: str) -> Kits:
    """Of what the kits consist that were promised to an owner."""
    found: dict[UUID, list[Part]] = {}
    for row in await KitPromiseRepository(session).of(owner):
        found.setdefault(row.kit_id, []).append(Part(row.sku_id, row.quantity, row.worth))
    return found


async def unpack(session: AsyncSession, owner: str, pieces: Pieces) -> dict[tuple[UUID, UUID], int]:
    """Pieces by SKU and warehouse, kits as what was promised to `owner` with them; in order."""
    kits = await of(session, owner)
    taken: Counter[tuple[UUID, UUID]] = Counter()
    for (sku_id, there), n in pieces.items():
        for part_id, each in explode({sku_id: n}, kits).items():
            taken[part_id, there] += each
    return dict(sorted(taken.items()))


async def made_of(session: AsyncSession, parts: Mapping[UUID, int]) -> Sequence[Made]:
    """How many of what takes so many `parts` by SKU are free in each warehouse, by its code."""
    free: dict[tuple[str, UUID], dict[UUID, int]] = {}
    for row in await KitPromiseRepository(session).shelves(parts):
        free.setdefault((row.code, row.warehouse_id), {})[row.sku_id] = row.available
    return [
        Made(warehouse_id, code, min(here.get(sku_id, 0) // n for sku_id, n in parts.items()))
        for (code, warehouse_id), here in free.items()
    ]
