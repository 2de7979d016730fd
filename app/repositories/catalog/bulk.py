"""Many SKUs of one product in few statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.json import dump

_EXISTING = text(
    """
    SELECT k.id, k.option_key, k.code, k.name, k.barcode, k.weight_grams,
        k.status = 'active' AS is_active, coalesce(p.prices, '{}') AS prices
    FROM skus k
    LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(
                price_list_id, price_at(price_minor, change_ats, change_minors, now())
            ) AS prices FROM prices
        WHERE sku_id = k.id AND min_quantity = 1
            AND price_at(price_minor, change_ats, change_minors, now()) IS NOT NULL
            AND price_list_id = ANY (CAST(:lists AS uuid[]))
    ) p ON true
    WHERE k.spu_id = :spu
    """
)
_TAKEN = text(
    """
    SELECT
        ARRAY(
            SELECT code FROM skus
            WHERE merchant_id = :merchant AND spu_id <> :spu
                AND code = ANY (CAST(:codes AS varchar[]))
        ) AS codes,
        ARRAY(
            SELECT barcode FROM skus
            WHERE spu_id <> :spu AND barcode BETWEEN CAST(:prefix AS varchar)
                AND CAST(:prefix AS varchar) || '9999999999999'
        ) AS barcodes
    """
)
_INSERT = text(
    """
    INSERT INTO skus (id, spu_id, merchant_id, code, barcode, name, options, option_key,
        weight_grams, status)
    SELECT id, :spu, :merchant, code, barcode, name, CAST(options AS jsonb), option_key,
        weight_grams, 'active'
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:codes AS varchar[]), CAST(:barcodes AS varchar[]),
        CAST(:names AS varchar[]), CAST(:options AS text[]), CAST(:keys AS varchar[]),
        CAST(:weights AS int[])
    ) AS wanted (id, code, barcode, name, options, option_key, weight_grams)
    """
)
_UPDATE = text(
    """
    UPDATE skus SET name = wanted.name, barcode = wanted.barcode,
        weight_grams = wanted.weight_grams, status = 'active', version = version + 1,
        updated_at = now()
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:names AS varchar[]), CAST(:barcodes AS varchar[]),
        CAST(:weights AS int[])
    ) AS wanted (id, name, barcode, weight_grams)
    WHERE skus.id = wanted.id AND skus.spu_id = :spu
    """
)
_DEACTIVATE = text(
    """
    UPDATE skus SET status = 'inactive', version = version + 1, updated_at = now()
    WHERE spu_id = :spu AND id = ANY (CAST(:ids AS uuid[]))
    """
)


@dataclass(frozen=True, slots=True)
class NewSku:
    id: UUID
    code: str
    barcode: str | None
    name: str
    options: dict[str, str]
    key: str
    weight_grams: int


@dataclass(frozen=True, slots=True)
class ChangedSku:
    id: UUID
    name: str
    barcode: str | None
    weight_grams: int


class BulkSkuRepository:
    def __init__(self, session: AsyncSession, spu_id: UUID, merchant_id: UUID) -> None:
        self._session = session
        self._spu = {"spu": spu_id}
        self._owner = {"spu": spu_id, "merchant": merchant_id}

    async def existing(self, price_lists: Iterable[UUID]) -> Sequence[Any]:
        """Every SKU of the product, with its single-unit prices on the lists."""
        result = await self._session.execute(_EXISTING, self._spu | {"lists": list(price_lists)})
        return result.all()

    async def taken(
        self, codes: Iterable[str], barcode_prefix: str | None
    ) -> tuple[Sequence[str], Sequence[str]]:
        """Codes of the merchant's other products, and other products' barcodes of the prefix."""
        row = await self._session.execute(
            _TAKEN, self._owner | {"codes": list(codes), "prefix": barcode_prefix}
        )
        found = row.one()
        return found.codes, found.barcodes

    async def insert(self, rows: Sequence[NewSku]) -> None:
        if rows:
            values = {
                "ids": [row.id for row in rows],
                "codes": [row.code for row in rows],
                "barcodes": [row.barcode for row in rows],
                "names": [row.name for row in rows],
                "options": [dump(row.options) for row in rows],
                "keys": [row.key for row in rows],
                "weights": [row.weight_grams for row in rows],
            }
            await self._session.execute(_INSERT, self._owner | values)

    async def update(self, rows: Sequence[ChangedSku]) -> None:
        if rows:
            values = {
                "ids": [row.id for row in rows],
                "names": [row.name for row in rows],
                "barcodes": [row.barcode for row in rows],
                "weights": [row.weight_grams for row in rows],
            }
            await self._session.execute(_UPDATE, self._spu | values)

    async def deactivate(self, sku_ids: Sequence[UUID]) -> None:
        if sku_ids:
            await self._session.execute(_DEACTIVATE, self._spu | {"ids": list(sku_ids)})
