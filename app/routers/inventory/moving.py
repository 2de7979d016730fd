"""Receipts and adjustments, as staff do them and as a merchant does with goods of its own."""

from collections.abc import Iterable
from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.actor import Actor
from app.core.inventory_settings import InventorySettings
from app.routers.deps import SessionDep
from app.routers.idempotency import Once
from app.schemas.inventory import MovementOut, MovementsOut, ReceiptIn
from app.schemas.stocktakes import AdjustmentIn, AdjustmentOut
from app.services import inventory


async def receive(
    body: ReceiptIn, actor: Actor, once: Once, session: SessionDep, *, owner: UUID | None = None
) -> Response:
    """Put goods on stock once; those of `owner` in its own warehouses, where there is one.

    Raises as `inventory.receive` does, and `UnknownStock` for what is another's.
    """

    async def work() -> tuple[int, MovementsOut]:
        await _require_own(session, (row.sku_id for row in body.rows), body.warehouse_id, owner)
        ids = await inventory.batches.named(session, body.batches())
        rows = await inventory.receive(
            session, body.moves(ids), cause=f"receipt:{body.document}", actor=actor.principal
        )
        return HTTPStatus.CREATED, moved(rows)

    return await once(session, actor, work)


async def adjust(
    body: AdjustmentIn,
    actor: Actor,
    once: Once,
    session: SessionDep,
    *,
    limits: InventorySettings,
    owner: UUID | None = None,
) -> Response:
    """Ask once for a correction; of `owner`'s goods in its own warehouses, where there is one.

    Raises as `inventory.adjustments.ask` does, and `UnknownStock` for what is another's.
    """

    async def work() -> tuple[int, AdjustmentOut]:
        await _require_own(session, (row.sku_id for row in body.rows), body.warehouse_id, owner)
        ids = await inventory.batches.existing(session, body.batches())
        view = await inventory.adjustments.ask(
            session, body.command(ids), actor=actor, limits=limits
        )
        return HTTPStatus.CREATED, AdjustmentOut.of(view)

    return await once(session, actor, work)


def moved(rows: list[inventory.Movement]) -> MovementsOut:
    return MovementsOut(items=[MovementOut.model_validate(row) for row in rows])


async def _require_own(
    session: SessionDep, sku_ids: Iterable[UUID], warehouse_id: UUID, owner: UUID | None
) -> None:
    if owner is not None:
        await inventory.require_known(session, sku_ids, warehouse_id, merchant_id=owner)
