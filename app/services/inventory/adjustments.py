"""Correcting stock by hand, with a reason; much of it needs two people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.enums.inventory import AdjustmentReason, AdjustmentState, StockGrade
from app.core.ids import new_id, new_number
from app.core.inventory_settings import InventorySettings
from app.models.stocktakes import StockAdjustment, StockAdjustmentLine
from app.repositories.inventory.adjustments import AdjustmentRepository
from app.services import system
from app.services.inventory.documents import after, found
from app.services.inventory.engine.documents import (
    ADJUSTMENT,
    AdjustmentAction,
    Difference,
    needs_second,
)
from app.services.inventory.known import require_known
from app.services.inventory.move import Move
from app.services.inventory.movements import adjust


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAdjustment:
    """`moves` are all of one warehouse; `document` is the paper they are on."""

    warehouse_id: UUID
    reason: AdjustmentReason
    document: str
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class AdjustmentView:
    row: StockAdjustment
    lines: Sequence[RowMapping]


async def ask(
    session: AsyncSession, command: NewAdjustment, *, actor: Actor, limits: InventorySettings
) -> AdjustmentView:
    """Correct stock by differences: small ones at once, larger ones when a second person agrees.

    Raises `UnknownStock`, and `BelowReserved` for what would be on stock at once.
    """
    moves = command.moves
    await require_known(session, [move.sku_id for move in moves], command.warehouse_id)
    row = StockAdjustment(
        id=new_id(),
        number=new_number("SA", clock.now()),
        warehouse_id=command.warehouse_id,
        reason=command.reason,
        document=command.document,
        state=AdjustmentState.WAITING,
        asked_by=actor.principal,
        version=1,
    )
    lines = [
        StockAdjustmentLine(
            adjustment_id=row.id,
            place=place,
            sku_id=move.sku_id,
            grade=move.grade,
            quantity=move.quantity,
            note=move.note,
            batch_id=move.batch_id,
        )
        for place, move in enumerate(moves)
    ]
    await AdjustmentRepository(session).add(row, lines)
    await _record(session, actor, "inventory.ask_adjustment", row)
    view = await _view(session, row)
    differences = [
        Difference(each["quantity"], each["cost_minor"], each["cost_currency"])
        for each in view.lines
    ]
    if not needs_second(
        differences, units=limits.alone_units, value_minor=limits.alone_value_minor
    ):
        await _post(session, view, actor)
    return view


async def approve(
    session: AsyncSession, adjustment_id: UUID, *, version: int, actor: Actor
) -> AdjustmentView:
    """Agree: it is on stock. By somebody else than who asked.

    Raises `NotFound`, `StaleVersion`, `IllegalStockTransition`, `SecondPersonNeeded` and
    `BelowReserved`.
    """
    row = await _current(session, adjustment_id, version)
    after(ADJUSTMENT, row.state, AdjustmentAction.APPROVE)
    actor.require_other_than(row.asked_by)
    view = await _view(session, row)
    await _post(session, view, actor)
    return view


async def reject(
    session: AsyncSession, adjustment_id: UUID, *, version: int, reason: str, actor: Actor
) -> AdjustmentView:
    """Refuse it. Raises `NotFound`, `StaleVersion` and `IllegalStockTransition`."""
    return await _end(session, adjustment_id, AdjustmentAction.REJECT, version, actor, reason)


async def cancel(
    session: AsyncSession, adjustment_id: UUID, *, version: int, actor: Actor
) -> AdjustmentView:
    """Think better of it. Raises `NotFound`, `StaleVersion` and `IllegalStockTransition`."""
    return await _end(session, adjustment_id, AdjustmentAction.CANCEL, version, actor, None)


async def get(session: AsyncSession, adjustment_id: UUID) -> AdjustmentView:
    """Raises `NotFound`."""
    row = found(await AdjustmentRepository(session).get(adjustment_id), "adjustment")
    return await _view(session, row)


async def page(
    session: AsyncSession,
    *,
    warehouse_id: UUID | None = None,
    state: AdjustmentState | None = None,
    after: UUID | None,
    limit: int,
) -> list[AdjustmentView]:
    """Adjustments, newest first."""
    adjustments = AdjustmentRepository(session)
    rows = await adjustments.page(warehouse_id=warehouse_id, state=state, after=after, limit=limit)
    lines: dict[UUID, list[RowMapping]] = {row.id: [] for row in rows}
    for each in await adjustments.lines(list(lines)):
        lines[each["adjustment_id"]].append(each)
    return [AdjustmentView(row, lines[row.id]) for row in rows]


async def _end(
    session: AsyncSession,
    adjustment_id: UUID,
    action: AdjustmentAction,
    version: int,
    actor: Actor,
    reason: str | None,
) -> AdjustmentView:
    row = await _current(session, adjustment_id, version)
    await _decide(session, row, action, actor, refusal=reason)
    return await _view(session, row)


async def _post(session: AsyncSession, view: AdjustmentView, actor: Actor) -> None:
    row = view.row
    await _decide(session, row, AdjustmentAction.APPROVE, actor)
    moves = [
        Move(
            each["sku_id"],
            row.warehouse_id,
            each["quantity"],
            each["note"],
            StockGrade(each["grade"]),
            each["batch_id"],
        )
        for each in view.lines
    ]
    await adjust(session, moves, cause=f"adjustment:{row.number}", actor=actor.principal)


async def _decide(
    session: AsyncSession,
    row: StockAdjustment,
    action: AdjustmentAction,
    actor: Actor,
    **facts: Any,
) -> None:
    state = after(ADJUSTMENT, row.state, action)
    facts |= {"decided_by": actor.principal, "decided_at": clock.now()}
    await AdjustmentRepository(session).move(row, state, **facts)
    await _record(session, actor, f"inventory.{action}_adjustment", row)


async def _current(session: AsyncSession, adjustment_id: UUID, version: int) -> StockAdjustment:
    row = await AdjustmentRepository(session).get(adjustment_id, lock=True)
    return found(row, "adjustment", version=version)


async def _view(session: AsyncSession, row: StockAdjustment) -> AdjustmentView:
    return AdjustmentView(row, await AdjustmentRepository(session).lines([row.id]))


async def _record(session: AsyncSession, actor: Actor, what: str, row: StockAdjustment) -> None:
    changes = {"number": row.number, "reason": row.reason, "document": row.document}
    await system.record(session, actor, what, "stock_adjustment", row.id, changes)
