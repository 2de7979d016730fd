"""Batches of coupons as staff keep them, and the codes of some."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.promotions import CouponBatchKind, CouponBatchState
from app.models.coupon_batches import CouponBatch, CouponCode, CouponTarget

COUNTED = text("""
SELECT count(*) AS issued,
       count(*) FILTER (WHERE state = 'available') AS available,
       count(*) FILTER (WHERE state = 'reserved') AS reserved,
       count(*) FILTER (WHERE state = 'consumed') AS consumed,
       count(*) FILTER (WHERE state = 'expired') AS expired,
       count(*) FILTER (WHERE state = 'void') AS void
  FROM coupons WHERE batch_id = :id
""")

PUT_CODES = text("""
INSERT INTO coupon_codes (batch_id, number, code_hash)
SELECT :batch_id, n.number, n.code_hash
  FROM unnest(CAST(:numbers AS int[]), CAST(:hashes AS bytea[])) AS n(number, code_hash)
""")

# A coupon that a cancelled order gives back later is found by the next look.
VOID = """
WITH due AS MATERIALIZED (
    SELECT c.id FROM coupon_batches b JOIN coupons c ON c.batch_id = b.id
     WHERE b.state = 'voided' AND c.state IN ('available', 'expired') {which}
     ORDER BY c.id LIMIT :limit FOR UPDATE OF c SKIP LOCKED),
ended AS (
    UPDATE coupons c SET state = 'void' FROM due
     WHERE c.id = due.id AND c.state IN ('available', 'expired') RETURNING 1)
SELECT count(*) FROM ended
"""
VOID_ONE, VOID_ALL = text(VOID.format(which="AND b.id = :id")), text(VOID.format(which=""))


class BatchRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: CouponBatch) -> None:
        self._session.add(row)

    async def get(self, batch_id: UUID, *, lock: bool = False) -> CouponBatch | None:
        return await self._session.get(
            CouponBatch, batch_id, with_for_update=lock or None, populate_existing=True
        )

    async def counted(self, batch_id: UUID) -> Any:
        """The coupons of a batch by state."""
        return (await self._session.execute(COUNTED, {"id": batch_id})).one()

    async def page(
        self,
        *,
        promotion_id: UUID | None,
        kind: CouponBatchKind | None,
        state: CouponBatchState | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[CouponBatch]:
        """Batches, newest first."""
        statement = select(CouponBatch).order_by(CouponBatch.id.desc()).limit(limit)
        if promotion_id is not None:
            statement = statement.where(CouponBatch.promotion_id == promotion_id)
        if kind is not None:
            statement = statement.where(CouponBatch.kind == kind)
        if state is not None:
            statement = statement.where(CouponBatch.state == state)
        if after is not None:
            statement = statement.where(CouponBatch.id < after)
        return (await self._session.scalars(statement)).all()

    async def put_targets(self, batch_id: UUID, member_ids: Sequence[UUID]) -> None:
        rows = [{"batch_id": batch_id, "member_id": each} for each in member_ids]
        await self._session.execute(insert(CouponTarget).values(rows))

    async def has_making(self) -> bool:
        statement = select(exists().where(CouponBatch.state == CouponBatchState.MAKING))
        return bool(await self._session.scalar(statement))

    async def next_making(self) -> CouponBatch | None:
        """The oldest batch the worker has to do with, locked; what others work on is left out."""
        statement = (
            select(CouponBatch)
            .where(CouponBatch.state == CouponBatchState.MAKING)
            .order_by(CouponBatch.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        return await self._session.scalar(statement)

    async def put_codes(
        self, batch_id: UUID, numbers: Sequence[int], hashes: Sequence[bytes]
    ) -> None:
        values = {"batch_id": batch_id, "numbers": list(numbers), "hashes": list(hashes)}
        await self._session.execute(PUT_CODES, values)

    async def code_hash(self, batch_id: UUID, number: int) -> bytes | None:
        statement = select(CouponCode.code_hash).where(
            CouponCode.batch_id == batch_id, CouponCode.number == number
        )
        return await self._session.scalar(statement)

    async def void(self, batch_id: UUID | None, *, limit: int) -> int:
        """End coupons of a voided batch, or of all of them, that no order holds."""
        if batch_id is None:
            return int(await self._session.scalar(VOID_ALL, {"limit": limit}) or 0)
        values = {"id": batch_id, "limit": limit}
        return int(await self._session.scalar(VOID_ONE, values) or 0)
