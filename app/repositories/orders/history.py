"""Writing orders of the past, whole batches at a time."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.copying import copy_rows

CARRIER = "past"

_GOODS = text("""
    SELECT k.code, k.id, k.spu_id, k.merchant_id, m.code AS merchant, p.name, k.options
    FROM skus k JOIN spus p ON p.id = k.spu_id JOIN merchants m ON m.id = k.merchant_id
    WHERE k.code = ANY (CAST(:codes AS varchar[]))
""")
_TAKEN = text("SELECT number FROM orders WHERE number = ANY (CAST(:numbers AS varchar[]))")
_ADD_CARRIER = text("""
    INSERT INTO carriers (id, code, name, name_zh, is_active)
    VALUES (gen_random_uuid(), :code, 'Before this system', '原系统', false)
    ON CONFLICT (code) DO NOTHING
""")
TABLES = (
    *("orders", "order_lines", "order_units", "fulfilments", "fulfilment_lines"),
    *("shipments", "shipment_lines", "order_events"),
)
"""In the order in which rows need each other."""


class PastGoods(NamedTuple):
    """A SKU that was sold, as it is named now."""

    code: str
    id: UUID
    spu_id: UUID
    merchant_id: UUID
    merchant: str
    name: str
    options: Mapping[str, Any]


class OrderHistoryRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def goods(self, codes: Collection[str]) -> list[PastGoods]:
        """SKUs of the codes; merchants may share one."""
        found = await self._session.execute(_GOODS, {"codes": list(codes)})
        return [PastGoods(*row) for row in found]

    async def taken(self, numbers: Collection[str]) -> set[str]:
        """Numbers that orders have already."""
        return set(await self._session.scalars(_TAKEN, {"numbers": list(numbers)}))

    async def add_carrier(self) -> None:
        """Who carried parcels of the past; nothing new is sent with it."""
        await self._session.execute(_ADD_CARRIER, {"code": CARRIER})

    async def write(self, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """COPY rows by table, see `TABLES`."""
        for table in TABLES:
            await copy_rows(self._session, table, rows[table])
