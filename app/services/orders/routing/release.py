"""Goods that came are given to those who wait for them, in the order they wait."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.core.enums.orders import OrderState
from app.core.enums.shipping import HoldKind
from app.core.ids import new_id, new_number
from app.repositories.orders import AxesRepository, HoldRepository, RegroupRepository
from app.repositories.orders.backorders import BackorderQueue
from app.services import inventory
from app.services.orders.payment_owner import stock_owner
from app.services.orders.shipping.holds import BY_ITSELF
from app.services.orders.shipping.standing import Part, follow, parts_of

_Key = tuple[UUID, UUID]


async def release_due(sessions: Sessions, *, limit: int) -> int:
    """One round: what came goes to who has paid, is urgent, and came first; how many were served.

    Pieces are kept for the first even where they are too few for all of an order. Where somebody
    was faster the next round sees to it.
    """
    async with unit_of_work(sessions) as session:
        due = await BackorderQueue(session).due(limit)
    served = 0
    for order_id in due:
        try:
            async with unit_of_work(sessions) as session:
                served += await release(session, order_id)
        except inventory.StockMoved:
            continue
    return served


async def release(session: AsyncSession, order_id: UUID) -> bool:
    """Promise an order what came of the goods it waits for; whether anything had.

    A fulfilment that waits for nothing more may leave; of others what is there leaves by itself,
    if it was sold so. Raises `StockMoved`.
    """
    order = await AxesRepository(session).locked(order_id)
    if order is None or order["state"] != OrderState.OPEN:
        return False
    owner = stock_owner(order_id)
    left: dict[_Key, int] = {}
    came: dict[_Key, int] = {}
    for each in await inventory.backorders.open_of(session, owner):
        n = min(each.open, each.free)
        left[each.sku_id, each.warehouse_id] = each.open - n
        if n:
            came[each.sku_id, each.warehouse_id] = n
    if not came:
        return False
    for part in await parts_of(session, order_id):
        if part.waits is not None:
            await _let_go(session, order, part, came, left)
    await follow(session, order, "goods_came", actor=None)
    await inventory.backorders.fill(session, owner, came)
    return True


async def _let_go(
    session: AsyncSession,
    order: RowMapping,
    part: Part,
    came: Mapping[_Key, int],
    left: Mapping[_Key, int],
) -> None:
    here = part.row["warehouse_id"]
    if not any(left.get((line.sku_id, here)) for line in part.lines if line.open):
        await HoldRepository(session).lift(
            order["id"], HoldKind.BACKORDER, str(part.id), actor=BY_ITSELF
        )
        return
    there = Counter({sku_id: n for (sku_id, at), n in came.items() if at == here})
    pieces: dict[UUID, int] = {}
    for line in part.lines:
        if n := min(line.open, there[line.sku_id]):
            there[line.sku_id] -= n
            pieces[line.line_id] = n
    if pieces and part.waits and part.waits["allows_partial"]:
        regroup, made = RegroupRepository(session), new_id()
        number = new_number("F", order["at"])
        await regroup.open(made, number, like=part.id, warehouse_id=None)
        await regroup.move(part.id, made, pieces)
