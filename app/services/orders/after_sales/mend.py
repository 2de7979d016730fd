"""Repairs: goods that stay the shopper's lie frozen until they go back, or cannot be repaired."""

from collections import Counter
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.after_sales import (
    DamageCause,
    MendOutcome,
    ReturnAction,
    ReturnKind,
    ReturnState,
)
from app.core.enums.inventory import StockGrade
from app.core.enums.orders import FulfilmentKind
from app.repositories.orders import AfterSalesRepository, Resent
from app.services import inventory
from app.services.orders import shipping
from app.services.orders.after_sales.fee import require_fee_paid
from app.services.orders.after_sales.follow import locked, moved, require_free, return_row
from app.services.orders.after_sales.grading import claim_from_supplier, put_on_stock
from app.services.orders.after_sales.kit_pieces import grade
from app.services.orders.engine.after_sales import require_action
from app.services.orders.payment_owner import stock_owner


async def mend(
    session: AsyncSession,
    return_id: UUID,
    outcome: MendOutcome,
    *,
    version: int,
    actor: Actor,
    note: str,
    cause: DamageCause | None = None,
) -> RowMapping:
    """A repair is over: the goods go back to the shopper, or are ours as damaged.

    Then money or a replacement is due. What was paid for a repair that came to nothing goes back.
    Raises `NotFound`, `StaleVersion`, `ReturnClaimed`, `IllegalReturnTransition`, `RepairUnpaid`.
    """
    order, row = await locked(session, return_id, actor, version=version)
    require_free(row, actor)
    action = ReturnAction.MEND
    require_action(ReturnKind(row["kind"]), ReturnState(row["state"]), action)
    if outcome is MendOutcome.REPAIRED:
        await require_fee_paid(session, row)
    if outcome is MendOutcome.UNREPAIRABLE:
        await AfterSalesRepository(session).mended(return_id, outcome)
        grades = {UUID(each["order_line_id"]): (0, each["quantity"], 0) for each in row["lines"]}
        await grade(session, row, grades)
        target = ReturnState.ACCEPTED
        after = await moved(session, order, row, action, target, actor=actor, note=note)
        await claim_from_supplier(session, order, after, cause)
        await _keep(session, row, actor, comes=False)
        await put_on_stock(session, row, after, actor=actor)
        return after
    await send_back(session, order, row, outcome, actor=actor, note=note)
    return await return_row(session, return_id)


async def send_back(
    session: AsyncSession,
    order: RowMapping,
    row: RowMapping,
    outcome: MendOutcome,
    *,
    actor: Actor | None,
    note: str,
) -> None:
    """Have the shopper's goods sent back to him, of a locked order. Locks stock last."""
    return_id = row["id"]
    await AfterSalesRepository(session).mended(return_id, outcome)
    note = f"{outcome}: {note}"
    await moved(session, order, row, ReturnAction.MEND, ReturnState.SENDING, actor=actor, note=note)
    command = shipping.Resend(
        return_id=return_id,
        merchant_id=row["merchant_id"],
        warehouse_id=row["warehouse_id"],
        kind=FulfilmentKind.REPAIR,
        lines=tuple(
            Resent(UUID(each["order_line_id"]), UUID(each["sku_id"]), each["quantity"])
            for each in row["lines"]
        ),
    )
    await shipping.resend(session, order, command, actor=actor)


async def take_in(session: AsyncSession, row: RowMapping, *, actor: Actor) -> None:
    """Goods to be repaired are there. Locks stock."""
    await _keep(session, row, actor, comes=True)


async def _keep(session: AsyncSession, row: RowMapping, actor: Actor, *, comes: bool) -> None:
    """Goods that are the shopper's come in, or stop lying here for them."""
    owner, cause = stock_owner(row["order_id"]), f"repair:{row['number']}"
    whole: Counter[tuple[UUID, UUID]] = Counter()
    for each in row["lines"]:
        whole[UUID(each["sku_id"]), row["warehouse_id"]] += each["quantity"]
    pieces = await inventory.kits.unpack(session, owner, whole)
    moves = [
        inventory.Move(sku_id, there, n, grade=StockGrade.FROZEN)
        for (sku_id, there), n in pieces.items()
    ]
    move = inventory.take_back if comes else inventory.hand_back
    await move(session, moves, cause=cause, actor=actor.principal, owner=owner)
