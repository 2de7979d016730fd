"""Placing the rows of a group order: each in a transaction of its own, each once."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.group_orders import GroupPayment, GroupRowState
from app.core.enums.orders import OrderSource
from app.core.enums.payments import TenderKind
from app.core.errors import DomainError
from app.core.settings import CheckoutSettings
from app.repositories.orders.group_orders import GroupOrderRepository
from app.services import inventory, payments, system
from app.services.orders.entry import Agreed, AgreedLine, take_agreed
from app.services.orders.group_orders.draft import locked, read_group
from app.services.orders.group_orders.goods import (
    hold_of,
    release_held,
    require_enough,
    skus_of,
)
from app.services.orders.intake.errors import UnknownGoods
from app.services.orders.intake.place import TRIES, problem_of
from app.services.pricing import AgreedPrice

log = structlog.get_logger()

UNFORESEEN: Final = {
    "type": "/problems/internal-error",
    "title": "Something went wrong here",
    "title_zh": "服务内部错误",
    "detail": "Nothing was ordered; the log says why",
    "context": {},
}
_TENDERS = {
    GroupPayment.BALANCE: TenderKind.BALANCE,
    GroupPayment.BANK_TRANSFER: TenderKind.BANK_TRANSFER,
}


async def queue_rows(
    session: AsyncSession,
    group_id: UUID,
    *,
    positions: Sequence[int] | None,
    needs_all: bool,
    version: int,
    actor: Actor,
) -> RowMapping:
    """Have rows placed that are ready or failed: all of them, or those of `positions`.

    The worker does, oldest row first, so a balance that does not pay for all pays for the first.
    With `needs_all` nothing is queued while there is too little of something for all of them;
    goods are held by each order as it is placed, or are from before (`hold_rows`). Raises
    `NotFound`, `StaleVersion` and `GroupShortOfStock`.
    """
    repository = GroupOrderRepository(session)
    await locked(repository, group_id, version)
    if needs_all:
        group = await read_group(session, group_id)
        await require_enough(
            session, group["channel_id"], await repository.wanted(group_id, positions)
        )
    queued = await repository.queue(group_id, positions)
    await repository.touch(group_id)
    changes = {"queued": queued}
    await system.record(session, actor, "orders.place_group", "group_order", group_id, changes)
    return await read_group(session, group_id)


async def cancel_rest(
    session: AsyncSession, group_id: UUID, *, reason: str, version: int, actor: Actor
) -> RowMapping:
    """Give up every row that has no order; one that is being placed is waited for.

    Orders are cancelled one by one, as any other. Raises `NotFound` and `StaleVersion`.
    """
    repository = GroupOrderRepository(session)
    await locked(repository, group_id, version)
    given_up = await repository.cancel(group_id)
    await repository.touch(group_id)
    changes = {"reason": reason, "rows": given_up}
    await system.record(session, actor, "orders.cancel_group", "group_order", group_id, changes)
    await release_held(session, await read_group(session, group_id))
    return await read_group(session, group_id)


async def place_rows(
    sessions: Sessions, *, limits: CheckoutSettings, terms: payments.PaymentTerms, limit: int
) -> int:
    """Place up to `limit` queued rows; return how many were looked at.

    Several machines may do so at once, and one may end in between: a row is queued until it has
    its order, or its problem, in the transaction that makes it. Groups take turns, and a row that
    nobody foresaw fails by itself.
    """
    async with unit_of_work(sessions) as session:
        due = await GroupOrderRepository(session).due(limit)
    for group_id, position in due:
        await _place_one(sessions, group_id, position, limits, terms)
    return len(due)


async def _place_one(
    sessions: Sessions,
    group_id: UUID,
    position: int,
    limits: CheckoutSettings,
    terms: payments.PaymentTerms,
) -> None:
    tried = 0
    while True:
        tried += 1
        try:
            async with unit_of_work(sessions) as session:
                await _place(session, group_id, position, limits, terms)
        except DomainError as refused:
            if isinstance(refused, inventory.StockMoved) and tried < TRIES:
                continue
            problem = problem_of(refused)
        except Exception as error:
            if _passes(error):
                raise
            log.exception("group_row_not_placed", group_id=str(group_id), position=position)
            problem = UNFORESEEN
        else:
            return
        async with unit_of_work(sessions) as session:
            await GroupOrderRepository(session).settle(
                group_id, position, GroupRowState.FAILED, problem=problem
            )
        return


def _passes(error: Exception) -> bool:
    """Whether it is the trouble of a moment: the row is placed in another turn."""
    is_of_the_row = isinstance(error, (IntegrityError, DataError, ProgrammingError))
    return isinstance(error, (OSError, DBAPIError)) and not is_of_the_row


async def _place(
    session: AsyncSession,
    group_id: UUID,
    position: int,
    limits: CheckoutSettings,
    terms: payments.PaymentTerms,
) -> None:
    repository = GroupOrderRepository(session)
    row = await repository.take(group_id, position)
    if row is None:
        return
    tender = payments.TenderRequest(kind=_TENDERS[GroupPayment(row["payment"])])
    placed = await take_agreed(
        session,
        Agreed(
            member_id=row["member_id"],
            channel_id=row["channel_id"],
            lines=await _lines(session, row),
            address=row["content"]["address"],
            source=OrderSource.GROUP,
            reference=f"{row['number']}/{position}",
            invoice=row["invoice"],
            note=row["content"]["note"],
            tenders=(tender,),
            earmark=None if row["hold_id"] is None else hold_of(row["hold_id"]),
        ),
        actor=None,
        limits=limits,
        terms=terms,
    )
    await repository.settle(group_id, position, GroupRowState.PLACED, order_id=placed.id)


async def _lines(session: AsyncSession, row: RowMapping) -> tuple[AgreedLine, ...]:
    """At the row's own prices or the contract's, not below floors; others at what is listed."""
    goods, prices = row["content"]["goods"], row["prices"]
    known = await skus_of(session, {each["sku"] for each in goods})
    if unknown := sorted({each["sku"] for each in goods} - set(known)):
        raise UnknownGoods("They were there when the sheet was read", skus=unknown)
    source = f"contract:{row['contract']}"
    found = []
    for each in goods:
        price = each.get("price_minor", prices.get(each["sku"]))
        agreed = None if price is None else AgreedPrice(price, row["reason"], source)
        found.append(
            AgreedLine(sku_id=known[each["sku"]], quantity=each["quantity"], agreed=agreed)
        )
    return tuple(found)
