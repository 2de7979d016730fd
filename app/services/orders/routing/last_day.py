"""The last day somebody waits for goods: told beforehand, and what may be done after it."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus
from app.core.enums.payments import RefundKind, RefundReason, Valuation
from app.core.enums.tickets import TicketKind
from app.core.errors import DomainError, NotFound
from app.core.waiting_settings import WaitingSettings
from app.repositories.orders import AxesRepository
from app.repositories.orders.backorders import BackorderQueue
from app.services import payments, system
from app.services.orders.cancel import cancel_paid
from app.services.orders.engine import RefundWish
from app.services.orders.events import WaitingEnds, WaitingOver
from app.services.orders.payment_owner import named, stock_owner
from app.services.orders.refund import request_refund
from app.services.orders.shipping.holds import BY_ITSELF
from app.services.orders.shipping.standing import Part, parts_of
from app.services.orders.tickets import work as tickets

_REASON = "the goods did not come in time"
_TERMS = payments.PaymentTerms()


class StillBound(DomainError):
    """Nothing of the order is waited for too long; `last_at` is the last day, if it has one."""

    slug, title, title_zh = (
        "still-bound",
        "The last day of waiting is not over",
        "等待期限尚未届满",
    )


async def keep_last_days(sessions: Sessions, limits: WaitingSettings, *, limit: int) -> int:
    """Tell of last days that come, and see to those that are over; of how many orders.

    Each is told once, however often and wherever this runs.
    """
    async with unit_of_work(sessions) as session:
        queue = BackorderQueue(session)
        ending = await queue.ending(limits.tells_days_before, limit)
        over = await queue.over(limit)
    for order_id in ending:
        async with unit_of_work(sessions) as session:
            await _tell(session, order_id, limits)
    for order_id in over:
        async with unit_of_work(sessions) as session:
            await _end(session, order_id, limits)
    return max(len(ending), len(over))


async def stop_waiting(
    session: AsyncSession,
    order_id: UUID,
    *,
    actor: Actor,
    limits: WaitingSettings,
    terms: payments.PaymentTerms = _TERMS,
) -> payments.RefundView:
    """A shopper leaves whose goods did not come: all that was paid for them goes back.

    Gifts they earned are kept, and nobody has to agree. Where nothing else was bought, or has left
    or leaves, the order is cancelled with its freight. Raises `NotFound`, `StillBound` also where
    only staff let shoppers go, `DisputeOpen`, `UnitsInReturn`, and what refunds refuse.
    """
    order = await AxesRepository(session).locked(order_id, member_id=actor.shopper_id)
    if order is None:
        raise NotFound("No such order")
    pieces = await _overdue(session, order) if limits.shopper_leaves else {}
    if not pieces:
        bound = await BackorderQueue(session).bound(stock_owner(order_id))
        days = [row["last_at"].isoformat() for row in bound if row["last_at"] is not None]
        raise StillBound("Wait for it", last_at=days[0] if days else None)
    if await _is_all(session, order, pieces):
        return await cancel_paid(
            session, order_id, actor=actor, reason=_REASON, reason_code=RefundReason.LATE
        )
    wish = RefundWish(
        kind=RefundKind.UNITS,
        reason_code=RefundReason.LATE,
        reason=_REASON,
        lines=tuple(pieces.items()),
        valuation=Valuation.PRORATA,
        keeps_gifts=True,
    )
    alone = replace(terms, refund_alone_minor=None)
    return await request_refund(session, order_id, wish, actor=actor, terms=alone)


async def _overdue(session: AsyncSession, order: RowMapping) -> dict[UUID, int]:
    """Open pieces by line of what waits longer than anybody has to."""
    if order["state"] != OrderState.OPEN or order["payment_status"] == PaymentStatus.AWAITING:
        return {}
    bound = await BackorderQueue(session).bound(stock_owner(order["id"]))
    over = {(row["sku_id"], row["warehouse_id"]) for row in bound if row["is_over"]}
    pieces: dict[UUID, int] = {}
    for part in await parts_of(session, order["id"]):
        for line in part.lines:
            if part.waits and line.open and (line.sku_id, part.row["warehouse_id"]) in over:
                pieces[line.line_id] = pieces.get(line.line_id, 0) + line.open
    return pieces


async def _is_all(session: AsyncSession, order: RowMapping, pieces: dict[UUID, int]) -> bool:
    """Whether nothing was taken up yet, and nothing but these pieces is to leave."""
    parts: tuple[Part, ...] = await parts_of(session, order["id"])
    wanted = sum(line.quantity - line.cancelled for part in parts for line in part.lines)
    is_whole = order["fulfilment_status"] == FulfilmentStatus.UNFULFILLED
    return is_whole and wanted == sum(pieces.values())


async def _tell(session: AsyncSession, order_id: UUID, limits: WaitingSettings) -> None:
    order = await AxesRepository(session).locked(order_id)
    queue = BackorderQueue(session)
    rows = await queue.mark_ending(stock_owner(order_id), limits.tells_days_before)
    if order is None or not rows or order["state"] != OrderState.OPEN:
        return
    await AxesRepository(session).move(order_id, "waiting_ends")
    last_at = min(row["last_at"] for row in rows)
    await system.publish(session, WaitingEnds(**named(order), last_at=last_at))


async def _end(session: AsyncSession, order_id: UUID, limits: WaitingSettings) -> None:
    order = await AxesRepository(session).locked(order_id)
    rows = await BackorderQueue(session).mark_over(stock_owner(order_id))
    if order is None or not rows or order["state"] != OrderState.OPEN:
        return
    await AxesRepository(session).move(order_id, "waiting_over")
    await system.publish(session, WaitingOver(**named(order), may_leave=limits.shopper_leaves))
    if limits.tells_staff:
        command = tickets.OpenTicket(
            kind=TicketKind.GOODS_OWED,
            subject=f"Order {order['number']} has waited longer than it has to",
            words=f"{sum(row['open'] for row in rows)} pieces have not come",
            order_id=order_id,
            cause=f"waiting:{order_id}:{rows[0]['last_at'].isoformat()}",
        )
        await tickets.add(session, command, opened_by=BY_ITSELF)
