"""Holding the goods of a whole group between looking at it and placing it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.ids import new_id
from app.repositories.orders.group_orders import GroupOrderRepository
from app.services import inventory, system
from app.services.orders.group_orders.draft import locked, read_group
from app.services.orders.group_orders.errors import GoodsHeld, NothingToHold
from app.services.orders.group_orders.goods import hold_of, release_held, skus_of

LONGEST_SECONDS: Final = 7 * 86_400


async def hold_rows(
    session: AsyncSession,
    group_id: UUID,
    *,
    positions: Sequence[int] | None,
    seconds: int,
    version: int,
    actor: Actor,
) -> RowMapping:
    """Hold the goods of rows that could be placed, of all of them or of `positions`, or of none.

    Nobody else is promised them for so long; each row's order takes its own over, and what is
    edited or given up lets its own go. Raises `NotFound`, `StaleVersion`, `GoodsHeld` while goods
    are held, `NothingToHold`, `OutOfStock`, and `StockMoved` where somebody was faster.
    """
    repository = GroupOrderRepository(session)
    await locked(repository, group_id, version)
    group = await read_group(session, group_id)
    if group["held"]:
        raise GoodsHeld("Let them go first", held_until=group["held_until"].isoformat())
    await release_held(session, group)
    goods = await repository.goods(group_id, positions)
    known = await skus_of(session, goods)
    wanted = [inventory.Wanted(known[sku], n) for sku, n in goods.items() if sku in known]
    if not wanted:
        raise NothingToHold("No such row can be placed")
    chosen = await inventory.choose(session, channel_id=group["channel_id"], wanted=wanted)
    hold_id, until = new_id(), now() + timedelta(seconds=seconds)
    await repository.hold(group_id, hold_id, positions=positions, until=until)
    await repository.touch(group_id)
    changes = {"until": until.isoformat(), "goods": goods}
    await system.record(session, actor, "orders.hold_group", "group_order", group_id, changes)
    await inventory.hold(
        session,
        chosen,
        owner=hold_of(hold_id),
        member_id=group["member_id"],
        channel_id=group["channel_id"],
        expires_at=until,
    )
    return await read_group(session, group_id)


async def unhold_rows(
    session: AsyncSession, group_id: UUID, *, version: int, actor: Actor
) -> RowMapping:
    """Let go what is held for rows; again changes nothing. Raises `NotFound`, `StaleVersion`."""
    repository = GroupOrderRepository(session)
    await locked(repository, group_id, version)
    group = await read_group(session, group_id)
    if group["hold_id"] is None:
        return group
    await repository.touch(group_id)
    await system.record(session, actor, "orders.unhold_group", "group_order", group_id)
    await release_held(session, group)
    return await read_group(session, group_id)
