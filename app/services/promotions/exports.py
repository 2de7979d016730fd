"""The codes of a batch, shown once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.promotions import CouponBatchKind, CouponBatchState
from app.core.errors import NotFound
from app.repositories.promotions import BatchRepository
from app.services import system
from app.services.promotions.codes import code_hash, series_code
from app.services.promotions.errors import ExportRunning, IllegalBatchState

PATIENCE: Final = timedelta(minutes=5)
"""How long an export may take before it counts as broken off, and may be asked for again."""

ROWS_A_BLOCK: Final = 1_000


@dataclass(frozen=True, slots=True)
class Export:
    """What codes are derived from; not to be kept longer than it takes."""

    batch_id: UUID
    tag: str
    count: int
    salt: bytes

    def blocks(self, pepper: SecretStr) -> Iterator[bytes]:
        """CSV (RFC 4180) with a header, a thousand codes at a time, none held in memory."""
        yield b"number,code,tag\r\n"
        for start in range(0, self.count, ROWS_A_BLOCK):
            numbers = range(start, min(start + ROWS_A_BLOCK, self.count))
            yield "".join(
                f"{each + 1},{series_code(pepper, self.salt, each)},{self.tag}\r\n"
                for each in numbers
            ).encode()


async def begin_export(
    session: AsyncSession, batch_id: UUID, *, actor: Actor, pepper: SecretStr
) -> Export:
    """Take the batch's turn to be shown; call `finish_export` once every code was sent.

    Raises `NotFound`, `IllegalBatchState` for a batch without codes to show, not made yet or shown
    before or made with another pepper, and `ExportRunning` while somebody else is at it.
    """
    row = await BatchRepository(session).get(batch_id, lock=True)
    if row is None:
        raise NotFound("There is no such batch")
    if row.kind != CouponBatchKind.CODES or row.state != CouponBatchState.MADE or not row.salt:
        raise IllegalBatchState("There are no codes to show, not yet or not again", state=row.state)
    if row.exporting_until is not None and now() < row.exporting_until:
        raise ExportRunning("Wait until it is over, or broken off")
    first = await BatchRepository(session).code_hash(row.id, 0)
    if first != code_hash(pepper, series_code(pepper, row.salt, 0)):
        raise IllegalBatchState(
            "The secret has changed since; void it, make another", state=row.state
        )
    row.exporting_until = now() + PATIENCE
    await session.flush()
    await system.record(
        session,
        actor,
        "promotions.export_coupon_batch",
        "coupon_batch",
        row.id,
        {"count": row.made},
    )
    return Export(row.id, row.tag or "", row.made, row.salt)


async def finish_export(session: AsyncSession, batch_id: UUID) -> None:
    """Every code was sent: forget what they could be derived from again."""
    row = await BatchRepository(session).get(batch_id, lock=True)
    if row is None or row.salt is None:
        return
    row.salt = row.exporting_until = None
    if row.state == CouponBatchState.FROZEN:
        row.resume_state = CouponBatchState.EXPORTED
    else:
        row.state = CouponBatchState.EXPORTED
    row.version += 1
    row.updated_at = now()
    await session.flush()
