"""Of what kits consist, as it is from now on."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_PARTS = text("""
    SELECT c.sku_id, v.code AS sku_code, coalesce(v.name, p.name) AS name, c.quantity, c.worth
      FROM kit_components c JOIN skus v ON v.id = c.sku_id JOIN spus p ON p.id = v.spu_id
     WHERE c.kit_id = :kit_id ORDER BY v.code
""")
_STRANGE = text("""
    SELECT w.id FROM unnest(CAST(:sku_ids AS uuid[])) AS w(id)
      LEFT JOIN skus k ON k.id = w.id AND k.merchant_id = :merchant_id AND NOT k.is_kit
     WHERE k.id IS NULL ORDER BY w.id
""")
_LEAVE = text("DELETE FROM kit_components WHERE kit_id = :kit_id AND sku_id <> ALL(:sku_ids)")
_PUT = text("""
    INSERT INTO kit_components (kit_id, sku_id, merchant_id, quantity, worth)
    SELECT :kit_id, w.sku_id, :merchant_id, w.quantity, w.worth
      FROM unnest(CAST(:sku_ids AS uuid[]), CAST(:quantities AS int[]), CAST(:worths AS bigint[]))
           AS w(sku_id, quantity, worth)
     ORDER BY w.sku_id
    ON CONFLICT (kit_id, sku_id)
    DO UPDATE SET quantity = excluded.quantity, worth = excluded.worth
""")
_IS_STOCKED = text("""
    SELECT EXISTS (SELECT FROM stock WHERE sku_id = :sku_id)
        OR EXISTS (SELECT FROM backorder_terms WHERE sku_id = :sku_id AND is_active)
""")
_IS_PART = text("SELECT EXISTS (SELECT FROM kit_components WHERE sku_id = :sku_id)")
_AMONG = text("SELECT id FROM skus WHERE id = ANY(CAST(:sku_ids AS uuid[])) AND is_kit")


class KitRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def parts(self, kit_id: UUID) -> Sequence[Any]:
        """Components in order of their codes: `sku_id`, `sku_code`, `name`, `quantity`, `worth`."""
        return (await self._session.execute(_PARTS, {"kit_id": kit_id})).all()

    async def strange(self, sku_ids: Collection[UUID], merchant_id: UUID) -> Sequence[UUID]:
        """Which of these are kits, unknown, or not the merchant's."""
        values = {"sku_ids": list(sku_ids), "merchant_id": merchant_id}
        return (await self._session.scalars(_STRANGE, values)).all()

    async def put(
        self, kit_id: UUID, merchant_id: UUID, parts: Sequence[tuple[UUID, int, int]]
    ) -> None:
        """Let the kit consist of exactly `(sku_id, quantity, worth)`; given in order."""
        sku_ids = [sku_id for sku_id, _, _ in parts]
        await self._session.execute(_LEAVE, {"kit_id": kit_id, "sku_ids": sku_ids})
        values = {
            "kit_id": kit_id,
            "merchant_id": merchant_id,
            "sku_ids": sku_ids,
            "quantities": [quantity for _, quantity, _ in parts],
            "worths": [worth for _, _, worth in parts],
        }
        await self._session.execute(_PUT, values)

    async def is_stocked(self, sku_id: UUID) -> bool:
        """Whether pieces of it lay anywhere, or are sold before they do."""
        return bool(await self._session.scalar(_IS_STOCKED, {"sku_id": sku_id}))

    async def is_part(self, sku_id: UUID) -> bool:
        """Whether other kits consist of it."""
        return bool(await self._session.scalar(_IS_PART, {"sku_id": sku_id}))

    async def among(self, sku_ids: Collection[UUID]) -> set[UUID]:
        """Which of these are kits."""
        return set(await self._session.scalars(_AMONG, {"sku_ids": list(sku_ids)}))
