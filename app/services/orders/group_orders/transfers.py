"""Bank transfers of a company that pay many orders: recorded by one person, settled by another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.group_orders import GroupPayment, GroupTransferState, TransferKind
from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.repositories.orders.group_orders import GroupOrderRepository
from app.repositories.orders.group_transfers import GroupTransferRepository
from app.services import payments, system
from app.services.orders.group_orders.draft import read_group
from app.services.orders.group_orders.errors import (
    DepositExceeded,
    GroupPaidOtherwise,
    TransferSettled,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTransfer:
    """Money that seems to have come for a group, or to have gone back, by the bank's number."""

    kind: TransferKind
    amount_minor: int
    reference: str


async def record_transfer(
    session: AsyncSession, group_id: UUID, command: RecordTransfer, *, actor: Actor
) -> Row[Any]:
    """It counts for nothing until somebody else confirms it. The same again changes nothing.

    Raises `NotFound`, `GroupPaidOtherwise` where orders are paid from the buyer's balance, and
    `AlreadyExists` when the reference names other money.
    """
    group = await _locked(session, group_id)
    if group["payment"] != GroupPayment.BANK_TRANSFER:
        raise GroupPaidOtherwise("Pay it into the buyer's balance")
    if await payments.deposits.is_known(session, command.reference):
        raise AlreadyExists("The reference names other money", field="reference")
    repository = GroupTransferRepository(session)
    facts = {
        "group_id": group_id,
        "kind": command.kind,
        "amount_minor": command.amount_minor,
    }
    row = await repository.record(
        {**facts, "reference": command.reference, "recorded_by": actor.principal}
    )
    if row is None:
        before = await repository.known(command.reference)
        if before is None or {name: getattr(before, name) for name in facts} != facts:
            raise AlreadyExists("The reference names other money", field="reference")
        return before
    await _record(session, actor, "orders.record_group_transfer", row)
    return row


async def confirm_transfer(
    session: AsyncSession, group_id: UUID, transfer_id: UUID, *, version: int, actor: Actor
) -> Row[Any]:
    """The money is on the account, or has left it: somebody else saw it.

    What came in is the group's deposit: the worker pays its orders from it, the oldest row first,
    as many as it pays for whole. Raises `NotFound`, `StaleVersion`, `TransferSettled`,
    `SecondPersonNeeded`, and `DepositExceeded` where less than was sent back is there.
    """
    group, row = await _recorded(session, group_id, transfer_id, version)
    actor.require_other_than(row.recorded_by)
    repository = GroupTransferRepository(session)
    deposit = payments.deposits.Deposit(
        group_id=group_id, member_id=group["member_id"], currency=group["currency"]
    )
    is_received = row.kind == TransferKind.RECEIVED
    if not is_received and row.amount_minor > group["deposit_minor"]:
        raise DepositExceeded("It pays orders by now", deposit_minor=group["deposit_minor"])
    settled = await repository.settle(row.id, GroupTransferState.CONFIRMED, actor=actor.principal)
    await repository.move(group_id, row.amount_minor if is_received else -row.amount_minor)
    await _record(session, actor, "orders.confirm_group_transfer", row)
    book = payments.deposits.take_in if is_received else payments.deposits.send_back
    await book(session, deposit, row.id, row.amount_minor, actor=actor)
    return settled


async def reject_transfer(
    session: AsyncSession,
    group_id: UUID,
    transfer_id: UUID,
    *,
    version: int,
    reason: str,
    actor: Actor,
) -> Row[Any]:
    """There is no such money, or it was recorded wrongly; its reference is free again.

    Raises `NotFound`, `StaleVersion` and `TransferSettled`.
    """
    _, row = await _recorded(session, group_id, transfer_id, version)
    await _record(session, actor, "orders.reject_group_transfer", row)
    return await GroupTransferRepository(session).settle(
        row.id, GroupTransferState.REJECTED, actor=actor.principal, reason=reason
    )


async def list_transfers(
    session: AsyncSession, group_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """One more than `limit`, newest first. Raises `NotFound`."""
    await read_group(session, group_id)
    return await GroupTransferRepository(session).page(group_id, after=after, limit=limit + 1)


async def _locked(session: AsyncSession, group_id: UUID) -> RowMapping:
    if await GroupOrderRepository(session).lock(group_id) is None:
        raise NotFound("No such group order")
    return await read_group(session, group_id)


async def _recorded(
    session: AsyncSession, group_id: UUID, transfer_id: UUID, version: int
) -> tuple[RowMapping, Row[Any]]:
    group = await _locked(session, group_id)
    row = await GroupTransferRepository(session).get(group_id, transfer_id)
    if row is None:
        raise NotFound("No such transfer")
    if row.version != version:
        raise StaleVersion("Look at it again", version=row.version)
    if row.state != GroupTransferState.RECORDED:
        raise TransferSettled("Somebody saw to it", state=row.state)
    return group, row


async def _record(session: AsyncSession, actor: Actor, what: str, row: Row[Any]) -> None:
    changes = {"kind": row.kind, "amount_minor": row.amount_minor, "reference": row.reference}
    await system.record(session, actor, what, "group_transfer", row.id, changes)
