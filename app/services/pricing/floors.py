"""Floors of SKUs: how deep discounts may go, whoever grants them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.repositories.pricing import FloorRepository
from app.services import system
from app.services.pricing.errors import UnknownSkus


@dataclass(frozen=True, slots=True)
class FloorRow:
    """The least a piece may cost after discounts; None takes back what was said."""

    sku_id: UUID
    currency: str
    floor_minor: int | None


async def set_floors(
    session: AsyncSession,
    rows: Sequence[FloorRow],
    *,
    actor: Actor,
    merchant_id: UUID | None = None,
) -> int:
    """Set floors, all or none; return how many changed. Of rows for one the last counts.

    With a `merchant_id` only SKUs of that merchant are known. Raises `UnknownSkus`.
    """
    last = {(row.sku_id, row.currency): row for row in rows}
    repository = FloorRepository(session)
    sku_ids = sorted({row.sku_id for row in rows})
    if unknown := await repository.unknown(sku_ids, merchant_id):
        raise UnknownSkus("Some rows name unknown SKUs", sku_ids=[str(each) for each in unknown])
    changed = await repository.set(
        [(row.sku_id, row.currency, row.floor_minor) for row in last.values()]
    )
    if changed:
        await system.record(
            session, actor, "pricing.set_floors", "sku", changed[0].sku_id, _changes(changed)
        )
    return len(changed)


async def list_floors(
    session: AsyncSession,
    *,
    merchant_id: UUID | None = None,
    sku_id: UUID | None = None,
    after: tuple[UUID, str] | None,
    limit: int,
) -> Sequence[Any]:
    """Floors in order of SKU and currency, of one merchant's goods if one is named."""
    return await FloorRepository(session).page(
        merchant_id=merchant_id, sku_id=sku_id, after=after, limit=limit
    )


def _changes(rows: Sequence[Any]) -> dict[str, Any]:
    return {f"{row.sku_id}/{row.currency}": [row.old_minor, row.new_minor] for row in rows}
