"""Deciding about returns: staff, merchants, and the platform where both sides disagree."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.after_sales import ReturnAction, ReturnKind, ReturnState
from app.core.settings import AfterSalesSettings
from app.repositories.orders import AfterSalesRepository
from app.services import system
from app.services.orders.after_sales.ask import require_still_returnable
from app.services.orders.after_sales.errors import PlatformDecides
from app.services.orders.after_sales.follow import locked, moved, require_free, return_row
from app.services.orders.after_sales.goods import put_on_stock
from app.services.orders.engine.after_sales import approved, require_action


async def claim(session: AsyncSession, return_id: UUID, *, actor: Actor) -> RowMapping:
    """Take a return up, so that nobody else decides about it. Again changes nothing.

    Raises `NotFound`, `ReturnClaimed`.
    """
    _, row = await locked(session, return_id, actor)
    require_free(row, actor)
    if row["claimed_by"] is None:
        await AfterSalesRepository(session).claim(return_id, actor.principal)
    return await return_row(session, return_id)


async def release(session: AsyncSession, return_id: UUID, *, actor: Actor) -> RowMapping:
    """Leave it to others, whoever took it up: people fall ill. Again changes nothing."""
    _, row = await locked(session, return_id, actor)
    if row["claimed_by"] is not None:
        await AfterSalesRepository(session).claim(return_id, None)
        changes = {"claimed_by": row["claimed_by"]}
        await system.record(session, actor, "orders.release_return", "return", return_id, changes)
    return await return_row(session, return_id)


async def approve(
    session: AsyncSession,
    return_id: UUID,
    *,
    version: int,
    actor: Actor,
    limits: AfterSalesSettings,
    note: str | None = None,
) -> RowMapping:
    """Agree: money is due, or first the goods are waited for.

    Of goods that were looked at and refused, all are accepted then, as damaged. Raises `NotFound`,
    `StaleVersion`, `ReturnClaimed`, `PlatformDecides`, `IllegalReturnTransition`.
    """
    order, row = await _to_decide(session, return_id, version, actor, ReturnAction.APPROVE)
    is_inspected = row["lines"][0]["accepted"] is not None
    target = approved(ReturnKind(row["kind"]), is_inspected=is_inspected)
    due_at = None
    if target is ReturnState.ACCEPTED:
        await AfterSalesRepository(session).accept(return_id)
    else:
        due_at = order["at"] + timedelta(seconds=limits.send_within_seconds)
    await _record(session, actor, row, ReturnAction.APPROVE)
    after = await moved(
        session, order, row, ReturnAction.APPROVE, target, actor=actor, note=note, due_at=due_at
    )
    await put_on_stock(session, row, after, actor=actor)
    return after


async def reject(
    session: AsyncSession, return_id: UUID, *, version: int, actor: Actor, note: str
) -> RowMapping:
    """Refuse. The shopper may escalate that, unless the platform decided. Raises as `approve`."""
    order, row = await _to_decide(session, return_id, version, actor, ReturnAction.REJECT)
    is_final = row["state"] == ReturnState.ESCALATED
    target = ReturnState.DENIED if is_final else ReturnState.REJECTED
    await _record(session, actor, row, ReturnAction.REJECT)
    return await moved(session, order, row, ReturnAction.REJECT, target, actor=actor, note=note)


async def escalate(
    session: AsyncSession,
    return_id: UUID,
    *,
    actor: Actor,
    note: str,
    final_sale: Collection[UUID] = (),
) -> RowMapping:
    """Have the platform decide. Again changes nothing.

    A rejected request may be contested while its pieces can be asked back. Raises `NotFound`,
    `NotReturnable`, `IllegalReturnTransition`.
    """
    order, row = await locked(session, return_id, actor)
    if row["state"] == ReturnState.ESCALATED:
        return row
    require_action(ReturnState(row["state"]), ReturnAction.ESCALATE)
    if row["state"] == ReturnState.REJECTED:
        await require_still_returnable(session, row, final_sale=final_sale)
    return await moved(
        session,
        order,
        row,
        ReturnAction.ESCALATE,
        ReturnState.ESCALATED,
        actor=actor,
        note=note,
    )


async def cancel(session: AsyncSession, return_id: UUID, *, actor: Actor) -> RowMapping:
    """Its shopper thinks better of it. Again changes nothing.

    Raises `NotFound`, `IllegalReturnTransition`.
    """
    order, row = await locked(session, return_id, actor)
    if row["state"] == ReturnState.CANCELLED:
        return row
    return await moved(session, order, row, ReturnAction.CANCEL, ReturnState.CANCELLED, actor=actor)


async def close(
    session: AsyncSession, return_id: UUID, *, version: int, actor: Actor, note: str
) -> RowMapping:
    """End without money what came to nothing: goods that were never sent, money given otherwise.

    Raises `NotFound`, `StaleVersion`, `ReturnClaimed`, `IllegalReturnTransition`.
    """
    order, row = await locked(session, return_id, actor, version=version)
    require_free(row, actor)
    await _record(session, actor, row, ReturnAction.CLOSE)
    return await moved(
        session, order, row, ReturnAction.CLOSE, ReturnState.CLOSED, actor=actor, note=note
    )


async def _to_decide(
    session: AsyncSession, return_id: UUID, version: int, actor: Actor, action: ReturnAction
) -> tuple[RowMapping, RowMapping]:
    order, row = await locked(session, return_id, actor, version=version)
    require_free(row, actor)
    if actor.merchant_id is not None and row["state"] == ReturnState.ESCALATED:
        raise PlatformDecides("Wait for its decision")
    require_action(ReturnState(row["state"]), action)
    return order, row


async def _record(
    session: AsyncSession, actor: Actor, row: RowMapping, action: ReturnAction
) -> None:
    changes = {"number": row["number"], "state": row["state"]}
    await system.record(session, actor, f"orders.{action}_return", "return", row["id"], changes)
