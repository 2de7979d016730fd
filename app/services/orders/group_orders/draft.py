"""Drafting a group order: the contract, then its rows from a sheet."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.db import Sessions, unit_of_work
from app.core.enums.group_orders import GroupPayment, GroupRowState
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id, new_number
from app.core.sheets import rows_of
from app.core.spool import Spool
from app.repositories.orders.group_orders import GroupOrderRepository
from app.services import system
from app.services.orders.engine.group_rows import Recipient, judged, recipients
from app.services.orders.group_orders.errors import GroupBeingPlaced, RowSettled, RowsTooCheap
from app.services.orders.group_orders.goods import judge_prices, let_go, release_held, skus_of
from app.services.orders.intake.errors import UnknownGoods

MOST_ROWS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftGroup:
    """What is agreed with a buyer. `prices` are of one piece by the code of a SKU.

    What has no price costs what the price lists say to this buyer in this channel. Rows may name
    prices of their own, up to `rows_below_bps` below.
    """

    member_id: UUID
    channel_id: UUID
    title: str
    contract: str
    reason: str
    payment: GroupPayment
    prices: Mapping[str, int] = field(default_factory=dict)
    rows_below_bps: int = 0
    invoice: Mapping[str, Any] | None = None


async def draft_group(
    session: AsyncSession, draft: DraftGroup, *, actor: Actor, most_below_bps: int
) -> RowMapping:
    """Raises `InvalidReference` for member or channel, and `UnknownGoods` for a price of none.

    And `RowsTooCheap` where rows could go more than `most_below_bps` below the contract.
    """
    if draft.rows_below_bps > most_below_bps:
        raise RowsTooCheap("Agree on it in the contract", most_bps=most_below_bps)
    known = await skus_of(session, draft.prices)
    if unknown := sorted(set(draft.prices) - set(known)):
        raise UnknownGoods("No goods, or those of several merchants, have that code", skus=unknown)
    group_id = new_id()
    values = {
        "id": group_id,
        "number": new_number("G", now()),
        "member_id": draft.member_id,
        "channel_id": draft.channel_id,
        "title": draft.title,
        "contract": draft.contract,
        "reason": draft.reason,
        "prices": dict(draft.prices),
        "rows_below_bps": draft.rows_below_bps,
        "invoice": draft.invoice,
        "payment": draft.payment,
        "actor": actor.principal,
    }
    if not await GroupOrderRepository(session).add(values):
        raise InvalidReference("No such member, or no such channel", field="member_id")
    changes = {
        "contract": draft.contract,
        "prices": dict(draft.prices),
        "rows_below_bps": draft.rows_below_bps,
    }
    await system.record(session, actor, "orders.draft_group", "group_order", group_id, changes)
    return await read_group(session, group_id)


async def upload_rows(
    sessions: Sessions,
    group_id: UUID,
    chunks: AsyncIterator[bytes],
    *,
    version: int,
    actor: Actor,
) -> RowMapping:
    """Take the rows of a sheet in the place of all that have no order yet.

    Rows are known by their number in the sheet: one that has its order keeps it, so a sheet that
    was put right is uploaded whole. What is wrong with a row is kept with it. Goods that were held
    are let go. The file is read before anything is locked. Raises `NotFound`, `StaleVersion`,
    `GroupBeingPlaced`, `SheetUnreadable` and `ColumnsMissing`.
    """
    async with sessions() as session:
        currency = (await read_group(session, group_id))["currency"]
    spool = Spool()
    try:
        await spool.fill(chunks)
        found = await asyncio.to_thread(_read, spool.file, currency)
    finally:
        spool.close()
    async with unit_of_work(sessions) as session:
        repository = GroupOrderRepository(session)
        await locked(repository, group_id, version)
        if queued := await repository.queued(group_id):
            raise GroupBeingPlaced("Wait, or give up the rest", queued=queued)
        group = await read_group(session, group_id)
        rows = await judge_prices(session, group, await _known_goods(session, found))
        await repository.fill(group_id, [_plain(each) for each in rows])
        await repository.touch(group_id, sha256=spool.sha256)
        changes = {"sha256": spool.sha256, "rows": len(rows)}
        await system.record(session, actor, "orders.upload_group", "group_order", group_id, changes)
        await release_held(session, group)
        return await read_group(session, group_id)


async def edit_row(
    session: AsyncSession,
    group_id: UUID,
    position: int,
    said: Mapping[str, str],
    *,
    version: int,
    actor: Actor,
) -> RowMapping:
    """Say anew what a row says, as its sheet would; goods held for it are let go.

    Raises also `RowSettled`.
    """
    repository = GroupOrderRepository(session)
    await locked(repository, group_id, version)
    group = await read_group(session, group_id)
    read = judged(position, said, currency=group["currency"])
    (row,) = await judge_prices(session, group, await _known_goods(session, [read]))
    before = await repository.row(group_id, position)
    if before is None or not await repository.edit(group_id, _plain(row)):
        raise RowSettled("Only what has no order is edited", position=position)
    await repository.touch(group_id)
    changes = {"position": position}
    await system.record(session, actor, "orders.edit_group_row", "group_order", group_id, changes)
    if before["is_held"]:
        await let_go(session, group, before["content"]["goods"])
    return await read_group(session, group_id)


async def read_group(session: AsyncSession, group_id: UUID) -> RowMapping:
    """With counts of its rows and the money of its orders. Raises `NotFound`."""
    row = await GroupOrderRepository(session).get(group_id)
    if row is None:
        raise NotFound("No such group order")
    return row


async def list_groups(
    session: AsyncSession, *, member_id: UUID | None, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """One more than `limit`, newest first."""
    return await GroupOrderRepository(session).page(
        member_id=member_id, after=after, limit=limit + 1
    )


async def list_rows(
    session: AsyncSession, group_id: UUID, *, state: GroupRowState | None, after: int, limit: int
) -> Sequence[RowMapping]:
    """Rows with their orders, one more than `limit`, as in the sheet. Raises `NotFound`."""
    await read_group(session, group_id)
    return await GroupOrderRepository(session).rows(
        group_id, state=state, after=after, limit=limit + 1
    )


def _read(file: IO[bytes], currency: str) -> list[Recipient]:
    return list(recipients(rows_of(file, most=MOST_ROWS + 1), currency))


async def _known_goods(session: AsyncSession, rows: Sequence[Recipient]) -> list[Recipient]:
    known = await skus_of(session, {sku for each in rows for sku in each.skus})
    return [
        each.at_fault("goods", "unknown-goods", f"Nothing is called {', '.join(wrong)}")
        if (wrong := sorted(each.skus - set(known)))
        else each
        for each in rows
    ]


async def locked(repository: GroupOrderRepository, group_id: UUID, version: int) -> None:
    found = await repository.lock(group_id)
    if found is None:
        raise NotFound("No such group order")
    if found != version:
        raise StaleVersion("Look at it again", version=found)


def _plain(row: Recipient) -> dict[str, Any]:
    return {"position": row.position, "content": row.content, "faults": list(row.faults)}
