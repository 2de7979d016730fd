"""Pieces that have not left are routed again: when people ask, or where a warehouse is closed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.orders import FulfilmentKind, FulfilmentStatus, OrderState
from app.core.errors import NotFound
from app.core.ids import new_id, new_number
from app.repositories.orders import AxesRepository, RegroupRepository
from app.repositories.orders.routes import RouteRepository
from app.services import delivery, inventory
from app.services.orders.engine import IllegalTransition
from app.services.orders.engine.split import Ordered, split
from app.services.orders.shipping.regroup import require_there
from app.services.orders.shipping.standing import (
    Part,
    follow,
    lock_for,
    part_of,
    parts_of,
    promised_to,
)


@dataclass(frozen=True, slots=True)
class Moved:
    """Pieces by line that are better sent from a warehouse, and why.

    `fulfilment_id` is where they are now, once they were moved.
    """

    warehouse_id: UUID
    pieces: Mapping[UUID, int]
    reason: Mapping[str, Any]
    fulfilment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """`kept` is why a fulfilment is sent from its warehouse, `moves` what goes elsewhere.

    `stays` pieces by line stay where they are, of `leave` those nobody else has.
    """

    fulfilment_id: UUID
    warehouse_id: UUID
    kept: Mapping[str, Any] | None
    moves: tuple[Moved, ...]
    stays: Mapping[UUID, int]


async def preview_route(
    session: AsyncSession, fulfilment_id: UUID, *, leave: bool = False, actor: Actor
) -> RoutePlan:
    """Where open pieces of a fulfilment would be sent from now; `leave`: from anywhere but here.

    Nothing is changed. Raises `NotFound`.
    """
    routes = RouteRepository(session)
    order = await routes.order(fulfilment_id)
    if order is None:
        raise NotFound("No such fulfilment")
    part = part_of(await parts_of(session, order["id"]), fulfilment_id, actor)
    return await plan_route(session, order, part, leave=leave)


async def reroute(
    session: AsyncSession, fulfilment_id: UUID, *, leave: bool = False, actor: Actor
) -> RoutePlan:
    """Do what `preview_route` would say now: pieces join what waits there, or are a fulfilment.

    What the order costs stays as it is. Raises `NotFound`, `IllegalTransition` for an order that
    does not stand, `StockMoved` where somebody was faster, `FulfilmentWaits`.
    """
    _, parts = await lock_for(session, "fulfilments", fulfilment_id, actor)
    part = part_of(parts, fulfilment_id, actor)
    return await _carry_out(session, parts, part, leave=leave, actor=actor)


async def reroute_due(sessions: Sessions, *, limit: int) -> int:
    """Send what waits in closed warehouses from others; how many fulfilments were looked at.

    What nobody else has stays and is looked at again a quarter of an hour later.
    """
    async with unit_of_work(sessions) as session:
        due = await RouteRepository(session).due(limit)
    for fulfilment_id, order_id in due:
        try:
            async with unit_of_work(sessions) as session:
                await _leave_closed(session, fulfilment_id, order_id)
        except inventory.StockMoved:
            continue
    return len(due)


async def _leave_closed(session: AsyncSession, fulfilment_id: UUID, order_id: UUID) -> None:
    await AxesRepository(session).locked(order_id)
    parts = await parts_of(session, order_id)
    part = next((each for each in parts if each.id == fulfilment_id), None)
    if part is None or part.status is not FulfilmentStatus.UNFULFILLED:
        return
    await RouteRepository(session).looked(fulfilment_id)
    if part.waits is not None:
        return
    await _carry_out(session, parts, part, leave=True, actor=None)


async def _carry_out(
    session: AsyncSession,
    parts: tuple[Part, ...],
    part: Part,
    *,
    leave: bool,
    actor: Actor | None,
) -> RoutePlan:
    """Move what the plan says; the order is locked, stock is locked last."""
    order = await RouteRepository(session).order(part.id)
    stands = {OrderState.OPEN} if part.is_sale else {OrderState.OPEN, OrderState.COMPLETED}
    if order is None or order["state"] not in stands:
        raise IllegalTransition(
            "The order does not stand",
            current=order["state"] if order else None,
            target=FulfilmentStatus.SHIPPED,
        )
    require_there(part)
    plan = await plan_route(session, order, part, leave=leave)
    if not plan.moves:
        return plan
    done = [await regroup_move(session, order, parts, part, each) for each in plan.moves]
    await RegroupRepository(session).drop_empty(part.id)
    await follow(session, order, "rerouted", actor=actor, is_public=False)
    await promise_there(session, order, part, done)
    return RoutePlan(plan.fulfilment_id, plan.warehouse_id, plan.kept, tuple(done), plan.stays)


async def promise_there(
    session: AsyncSession, order: RowMapping, part: Part, moves: Sequence[Moved]
) -> None:
    """Promise what moves where it is sent from now. Locks stock; raises `StockMoved`."""
    skus = {line.line_id: line.sku_id for line in part.lines}
    promised: Counter[tuple[UUID, UUID, UUID]] = Counter()
    for each in moves:
        for line_id, n in each.pieces.items():
            promised[skus[line_id], part.row["warehouse_id"], each.warehouse_id] += n
    await inventory.move_promises(
        session, promised_to(part, order["id"]), promised, member_id=order["member_id"]
    )


async def regroup_move(
    session: AsyncSession, order: RowMapping, parts: tuple[Part, ...], part: Part, move: Moved
) -> Moved:
    """Let pieces join what waits of the order where they are sent from now, or begin that."""
    there = [
        each.id
        for each in parts
        if each.row["warehouse_id"] == move.warehouse_id
        and each.row["merchant_id"] == part.row["merchant_id"]
        and each.row["return_id"] == part.row["return_id"]
        and each.status is FulfilmentStatus.UNFULFILLED
        and each.waits is None
    ]
    regroup = RegroupRepository(session)
    into = there[0] if there else new_id()
    if not there:
        number = new_number("F", order["at"])
        await regroup.open(into, number, like=part.id, warehouse_id=move.warehouse_id)
    await regroup.move(part.id, into, move.pieces)
    await RouteRepository(session).explain(into, move.reason)
    return Moved(move.warehouse_id, move.pieces, move.reason, into)


async def plan_route(
    session: AsyncSession,
    order: RowMapping,
    part: Part,
    *,
    leave: bool,
    pieces: Mapping[UUID, int] | None = None,
) -> RoutePlan:
    """Where open pieces by line would be sent from now, all of them unless some are named."""
    here, merchant_id = part.row["warehouse_id"], part.row["merchant_id"]
    skus = {line.line_id: line.sku_id for line in part.lines}
    open_pieces = {line.line_id: line.open for line in part.lines if line.open and not part.waits}
    if pieces is not None:
        open_pieces = {line_id: n for line_id, n in pieces.items() if n and line_id in open_pieces}
    nothing = RoutePlan(part.id, here, order["route"], (), open_pieces)
    if not open_pieces or part.kind is FulfilmentKind.REPAIR:
        return nothing
    routed = await inventory.route(
        session,
        channel_id=order["channel_id"],
        wanted=[inventory.Wanted(skus[line_id], n) for line_id, n in open_pieces.items()],
        to=inventory.Destination(*delivery.place_of(order["address"])),
        rate_of=await delivery.estimate_for(
            session, merchant_id, order["currency"], order["delivery"], order["address"]
        ),
        standing=inventory.Standing(merchant_id, here, leave=leave),
        sold_as=await inventory.kits.of(session, promised_to(part, order["id"])),
    )
    left = Counter({each.sku_id: 0 for each in part.lines})
    for each in routed.allocations:
        left[each.sku_id] += each.quantity
    ordered = []
    for line_id, n in open_pieces.items():
        if taken := min(n, left[skus[line_id]]):
            left[skus[line_id]] -= taken
            ordered.append(Ordered(line_id, skus[line_id], taken))
    moves = tuple(
        Moved(each.warehouse_id, dict(each.lines), routed.reasons[each.warehouse_id])
        for each in split(ordered, routed.allocations)
        if each.warehouse_id != here
    )
    stays = Counter(open_pieces)
    for move in moves:
        stays.subtract(move.pieces)
    return RoutePlan(
        part.id, here, order["route"], moves, {line: n for line, n in stays.items() if n}
    )
