"""Missing pieces of a fulfilment: sent from elsewhere, waited for, or told to people."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.inventory import WaitKind
from app.core.enums.orders import OrderState
from app.core.enums.shipping import HoldKind
from app.core.enums.tickets import TicketKind
from app.core.ids import new_id, new_number
from app.core.waiting_settings import WaitingSettings
from app.repositories.orders import HoldRepository, RegroupRepository
from app.services import inventory
from app.services.orders.payment_owner import stock_owner
from app.services.orders.routing.reroute import (
    RoutePlan,
    plan_route,
    promise_there,
    regroup_move,
)
from app.services.orders.shipping.holds import BY_ITSELF
from app.services.orders.shipping.standing import Part, follow, promised_to
from app.services.orders.tickets import work as tickets


async def leave_pieces(
    session: AsyncSession,
    order: RowMapping,
    parts: tuple[Part, ...],
    part: Part,
    pieces: Mapping[UUID, int],
    limits: WaitingSettings,
    actor: Actor | None,
    *,
    reason: str,
    shortage_id: UUID,
) -> RoutePlan:
    """Send pieces from elsewhere, let the rest wait; money stays, stock is locked last."""
    plan = await plan_route(session, order, part, leave=True, pieces=pieces)
    may_wait = await _may_wait(session, order, part, plan.stays)
    waiting = _by_shelf(part, may_wait)
    stuck = {line_id: n for line_id, n in plan.stays.items() if line_id not in may_wait}
    await _tell_stuck(session, order, part, stuck, reason, shortage_id)
    if not plan.moves and not waiting:
        return plan
    done = [await regroup_move(session, order, parts, part, each) for each in plan.moves]
    if waiting:
        await _let_wait(session, order, parts, part, may_wait, limits, reason)
    await RegroupRepository(session).drop_empty(part.id)
    await follow(session, order, "left_short", actor=actor, is_public=bool(waiting))
    if done:
        await promise_there(session, order, part, done)
    if waiting:
        await inventory.shortages.let_wait(
            session,
            stock_owner(order["id"]),
            waiting,
            member_id=order["member_id"],
            ships_at=order["at"] + timedelta(days=limits.missing_days),
            last_at=order["at"],
        )
    return RoutePlan(plan.fulfilment_id, plan.warehouse_id, plan.kept, tuple(done), plan.stays)


async def _may_wait(
    session: AsyncSession, order: RowMapping, part: Part, stays: Mapping[UUID, int]
) -> dict[UUID, int]:
    """Pieces by line that can wait: those a sale was promised for good, but no kits."""
    if not stays or not part.is_sale or order["state"] != OrderState.OPEN:
        return {}
    owner = stock_owner(order["id"])
    kits = await inventory.kits.of(session, owner)
    skus = {line.line_id: line.sku_id for line in part.lines}
    alone = {line_id: n for line_id, n in stays.items() if skus[line_id] not in kits}
    pieces = _by_shelf(part, alone)
    return alone if pieces and await inventory.shortages.is_kept(session, owner, pieces) else {}


def _by_shelf(part: Part, pieces: Mapping[UUID, int]) -> dict[tuple[UUID, UUID], int]:
    """Pieces by SKU and warehouse of those by line."""
    skus = {line.line_id: line.sku_id for line in part.lines}
    found: Counter[tuple[UUID, UUID]] = Counter()
    for line_id, n in pieces.items():
        found[skus[line_id], part.row["warehouse_id"]] += n
    return dict(found)


async def _tell_stuck(
    session: AsyncSession,
    order: RowMapping,
    part: Part,
    stuck: Mapping[UUID, int],
    reason: str,
    shortage_id: UUID,
) -> None:
    """A ticket, once, for what is promised for good, is missing, and can neither move nor wait."""
    pieces = _by_shelf(part, stuck)
    if pieces and await inventory.shortages.is_kept(
        session, promised_to(part, order["id"]), pieces
    ):
        await _open_ticket(session, order, part, reason, cause=f"short:{part.id}:{shortage_id}")


async def _open_ticket(
    session: AsyncSession, order: RowMapping, part: Part, reason: str, *, cause: str
) -> None:
    command = tickets.OpenTicket(
        kind=TicketKind.STOCK,
        subject=f"Goods of fulfilment {part.row['number']} are missing, and nobody else has them",
        words=reason,
        order_id=order["id"],
        return_id=part.row["return_id"],
        cause=cause,
    )
    await tickets.add(session, command, opened_by=BY_ITSELF)


async def _let_wait(
    session: AsyncSession,
    order: RowMapping,
    parts: tuple[Part, ...],
    part: Part,
    pieces: Mapping[UUID, int],
    limits: WaitingSettings,
    reason: str,
) -> None:
    """Pieces wait in a fulfilment that is kept back, with others of the order if some wait there.

    Who bought what was there never agreed to wait, so the last day of it is today.
    """
    regroup = RegroupRepository(session)
    into = next((each.id for each in parts if _waits_beside(each, part)), None)
    if into is None:
        into = new_id()
        number = new_number("F", order["at"])
        await regroup.open(into, number, like=part.id, warehouse_id=None)
        said = inventory.Waits(
            None,
            WaitKind.BACKORDER,
            order["at"] + timedelta(days=limits.missing_days),
            allows_partial=True,
            last_at=order["at"],
        ).said()
        hold = {
            "order_id": order["id"],
            "kind": HoldKind.BACKORDER,
            "reference": str(into),
            "reason": "goods are missing",
            "data": said,
            "actor": BY_ITSELF,
        }
        await HoldRepository(session).add(hold)
    await regroup.move(part.id, into, pieces)
    await _open_ticket(session, order, part, reason, cause=f"short:{part.id}:{into}")


def _waits_beside(other: Part, part: Part) -> bool:
    return (
        other.waits is not None
        and other.row["warehouse_id"] == part.row["warehouse_id"]
        and other.row["merchant_id"] == part.row["merchant_id"]
    )
