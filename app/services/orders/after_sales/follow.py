"""A return under its order's lock, and what follows for the order when it moves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.enums.after_sales import ReturnAction, ReturnKind, ReturnState
from app.core.enums.orders import ReturnStatus
from app.core.enums.payments import RefundState
from app.core.errors import NotFound, StaleVersion
from app.repositories.orders import AfterSalesRepository, AxesRepository
from app.services import system
from app.services.orders.after_sales.errors import ReturnClaimed
from app.services.orders.after_sales.events import ReturnMoved
from app.services.orders.engine import RETURN, advance
from app.services.orders.engine.after_sales import (
    AFTER_SALES,
    IllegalReturnTransition,
    for_money,
    require_action,
    return_of,
)
from app.services.orders.payment_owner import named
from app.services.payments import RefundView

_GIVEN_UP = frozenset({RefundState.REJECTED, RefundState.CANCELLED})


async def locked(
    session: AsyncSession, return_id: UUID, actor: Actor | None, *, version: int | None = None
) -> tuple[RowMapping, RowMapping]:
    """The locked order of a return, and the return.

    Shoppers and merchants reach their own; nobody is a timer. Raises `NotFound`, `StaleVersion`.
    """
    repository = AfterSalesRepository(session)
    order_id = await repository.order_of(return_id)
    order = None if order_id is None else await AxesRepository(session).locked(order_id)
    row = None if order is None else await repository.one(return_id)
    if order is None or row is None or not may_know(row, actor):
        raise NotFound("No such return")
    if version is not None and row["version"] != version:
        raise StaleVersion("Read it again", version=row["version"])
    return order, row


def may_know(row: RowMapping, actor: Actor | None) -> bool:
    """Whether a return is the actor's to know about."""
    if actor is None or actor.audience is Audience.ADMIN:
        return True
    if actor.audience is Audience.MERCHANT:
        return bool(row["merchant_id"] == actor.merchant_id)
    return bool(row["member_id"] == actor.id)


def require_free(row: RowMapping, actor: Actor) -> None:
    """Raise `ReturnClaimed` where another member of staff took it up."""
    is_staff = actor.audience is Audience.ADMIN
    if is_staff and row["claimed_by"] is not None and not actor.is_any_of(row["claimed_by"]):
        raise ReturnClaimed("Ask for it", claimed_by=row["claimed_by"])


def require_not_given(row: RowMapping, action: ReturnAction) -> None:
    """Raise `IllegalReturnTransition` once what wanted goods cost less went back."""
    if row["difference_id"] is not None:
        raise IllegalReturnTransition(
            "What it costs less went back",
            current=row["state"],
            action=action,
            kind=row["kind"],
        )


async def moved(
    session: AsyncSession,
    order: RowMapping,
    row: RowMapping,
    action: ReturnAction,
    target: ReturnState,
    *,
    actor: Actor | None,
    note: str | None = None,
    due_at: datetime | None = None,
    refund_id: UUID | None = None,
    asks: bool = False,
    kind: ReturnKind | None = None,
    contests: bool = False,
) -> RowMapping:
    """The return after `action` made it `target`; its order's status follows.

    With `kind` it is something else from now on. Raises `IllegalReturnTransition` where the table
    does not have it.
    """
    state, before = ReturnState(row["state"]), kind or ReturnKind(row["kind"])
    require_action(before, state, action)
    if target not in AFTER_SALES[before][state][action]:
        raise AssertionError(f"{action} does not make {state} {target}")
    repository = AfterSalesRepository(session)
    await repository.move(
        row["id"],
        target,
        action=action,
        note=note,
        actor=actor.principal if actor else None,
        due_at=due_at,
        refund_id=refund_id,
        asks=asks,
        kind=kind,
        contests=contests,
    )
    await follow(session, order, row, target, actor=actor)
    return await return_row(session, row["id"])


async def follow(
    session: AsyncSession,
    order: RowMapping,
    row: RowMapping,
    state: ReturnState,
    *,
    actor: Actor | None,
) -> None:
    """Derive the return status of a locked order, note what happened, and say so."""
    found = await AfterSalesRepository(session).standing(order["id"])
    states = [ReturnState(each) for each in found["states"]]
    status = return_of(states, bought=found["bought"], back=found["back"])
    before = ReturnStatus(order["return_status"])
    if status is not before:
        advance(RETURN, before, status)
    await AxesRepository(session).move(
        order["id"],
        f"return_{state}",
        return_status=status,
        actor=actor.principal if actor else None,
        data={"return_id": row["id"], "return_number": row["number"]},
    )
    await system.publish(
        session,
        ReturnMoved(
            **named(order),
            return_id=row["id"],
            return_number=row["number"],
            merchant_id=row["merchant_id"],
            kind=row["kind"],
            state=state,
        ),
    )


async def return_row(session: AsyncSession, return_id: UUID) -> RowMapping:
    """A return with its lines and what was done. Raises `NotFound`."""
    found = await AfterSalesRepository(session).one(return_id)
    if found is None:
        raise NotFound("No such return")
    return found


async def settle(
    session: AsyncSession, order: RowMapping, row: RowMapping, view: RefundView, *, actor: Actor
) -> RowMapping:
    """What its refund makes of a return: over, waiting, or due again where it was given up."""
    if view.state in _GIVEN_UP:
        target = ReturnState.ACCEPTED
    elif view.state is RefundState.WAITING:
        target = ReturnState.REFUNDING
    else:
        target = ReturnState.REFUNDED
    kind = ReturnKind(row["kind"])
    money = for_money(kind)
    return await moved(
        session,
        order,
        row,
        ReturnAction.REFUND,
        target,
        actor=actor,
        refund_id=None if target is ReturnState.ACCEPTED else view.id,
        asks=row["state"] == ReturnState.ACCEPTED,
        kind=None if money is kind else money,
    )
