"""Warehouses that have less than they promised are left: by others' goods, or by waiting."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.orders import FulfilmentStatus, OrderState
from app.core.errors import NotFound
from app.core.waiting_settings import WaitingSettings
from app.repositories.orders import AxesRepository
from app.repositories.orders.routes import RouteRepository
from app.services import inventory, system
from app.services.orders.engine import IllegalTransition
from app.services.orders.routing.leave import leave_pieces
from app.services.orders.routing.reroute import RoutePlan
from app.services.orders.shipping.regroup import open_pieces, require_there
from app.services.orders.shipping.standing import Part, lock_for, part_of, parts_of, promised_to

_AT_ONCE = 100
_STANDS = {OrderState.OPEN, OrderState.COMPLETED}


async def leave_short_due(sessions: Sessions, limits: WaitingSettings, *, limit: int) -> int:
    """Leave what was promised and is missing; how many shortages were looked at.

    Who was to be served last is sent from another warehouse first. What nobody has waits for goods
    before all shoppers, and staff get a ticket that says why. Kits and what is sent again cannot
    wait: they stay promised, with a ticket once. Where goods are packed or not paid for nothing
    happens yet. What stays is looked at again a quarter of an hour later.
    """
    async with unit_of_work(sessions) as session:
        due = await inventory.shortages.due(session, limit)
    for row in due:
        await _leave_one(sessions, row, limits)
    return len(due)


async def report_short(
    session: AsyncSession,
    fulfilment_id: UUID,
    pieces: Mapping[UUID, int],
    *,
    reason: str,
    actor: Actor,
    limits: WaitingSettings,
) -> RoutePlan:
    """Pieces by line of a fulfilment cannot be found: they are sent from elsewhere, or wait.

    Off the books at once; the plan says what goes elsewhere, and what `stays` to wait. Raises
    `NotFound`, `PiecesNotOpen`, `FulfilmentWaits`, `IllegalTransition` for an order that does not
    stand, `UnknownStock` for kits, of which nobody knows what is missing, and `StockMoved`.
    """
    _, parts = await lock_for(session, "fulfilments", fulfilment_id, actor)
    part = part_of(parts, fulfilment_id, actor)
    require_there(part)
    chosen = open_pieces(part, pieces)
    skus = {line.line_id: line.sku_id for line in part.lines}
    by_sku: Counter[UUID] = Counter()
    for line_id, n in chosen.items():
        by_sku[skus[line_id]] += n
    order = await RouteRepository(session).order(part.id)
    if order is None or order["state"] not in _STANDS:
        raise IllegalTransition(
            "The order does not stand",
            current=order["state"] if order else None,
            target=FulfilmentStatus.SHIPPED,
        )
    kits = await inventory.kits.of(session, promised_to(part, order["id"]))
    if of_kits := sorted(by_sku.keys() & kits.keys()):
        raise inventory.UnknownStock(
            "Count what the kits are made of", sku_ids=list(map(str, of_kits)), warehouse_ids=[]
        )
    made = await inventory.shortages.report(
        session,
        [
            inventory.Move(sku_id, part.row["warehouse_id"], n, reason)
            for sku_id, n in sorted(by_sku.items())
        ],
        cause=f"fulfilment:{part.row['number']}",
        actor=actor.principal,
        owner=promised_to(part, order["id"]),
    )
    changes = {"reason": reason, "pieces": {str(each): n for each, n in chosen.items()}}
    await system.record(session, actor, "orders.report_short", "fulfilment", part.id, changes)
    plan = await leave_pieces(
        session, order, parts, part, chosen, limits, actor, reason=reason, shortage_id=made[0]
    )
    for shortage_id in made:
        await inventory.shortages.write_off(session, shortage_id)
    return plan


async def _leave_one(sessions: Sessions, row: RowMapping, limits: WaitingSettings) -> None:
    async with unit_of_work(sessions) as session:
        left = await inventory.shortages.write_off(session, row["id"])
    if not left:
        return
    async with unit_of_work(sessions) as session:
        leaving = await RouteRepository(session).promised(
            row["sku_id"], row["warehouse_id"], first=row["owner"], limit=_AT_ONCE
        )
    for order_id in leaving:
        before = left + 1
        while left and left < before:
            before = left
            try:
                async with unit_of_work(sessions) as session:
                    left = await _leave_of(session, order_id, row["id"], limits)
            except inventory.StockMoved:
                break


async def _leave_of(
    session: AsyncSession, order_id: UUID, shortage_id: UUID, limits: WaitingSettings
) -> int:
    """Leave missing goods in one fulfilment of an order; how many are missing still."""
    await AxesRepository(session).locked(order_id)
    shortage = await inventory.shortages.locked(session, shortage_id)
    if shortage is None:
        raise NotFound("No such shortage")
    parts = await parts_of(session, order_id)
    for part in reversed(parts):
        is_here = part.row["warehouse_id"] == shortage["warehouse_id"]
        if not is_here or part.waits or part.status is not FulfilmentStatus.UNFULFILLED:
            continue
        chosen = await _using(session, order_id, part, shortage)
        order = await RouteRepository(session).order(part.id)
        if chosen and order is not None and order["state"] in _STANDS:
            await leave_pieces(
                *(session, order, parts, part, chosen, limits, None),
                reason=shortage["cause"],
                shortage_id=shortage_id,
            )
            break
    return await inventory.shortages.write_off(session, shortage_id)


async def _using(
    session: AsyncSession, order_id: UUID, part: Part, shortage: RowMapping
) -> dict[UUID, int]:
    """Open pieces by line for which missing goods were promised, kits that hold some among them."""
    kits = await inventory.kits.of(session, promised_to(part, order_id))
    left = int(shortage["open"])
    chosen: dict[UUID, int] = {}
    for line in part.lines:
        each = inventory.kits.explode({line.sku_id: 1}, kits).get(shortage["sku_id"])
        if each and (n := min(line.open, max(0, -(-left // each)))):
            chosen[line.line_id] = n
            left -= each * n
    return chosen
