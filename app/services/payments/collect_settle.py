"""Money taken by hand, as a second person confirms, rejects or returns it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import CollectionState, ReviewKind
from app.core.errors import NotFound, StaleVersion
from app.repositories.payments.collections import CollectionRepository
from app.services import ledger, system
from app.services.payments.collect import capture_by_hand
from app.services.payments.engine.by_hand import (
    CASH,
    TRANSFER,
    Meaning,
    given_back,
    handed_in,
    kept_apart,
    meaning,
)
from app.services.payments.engine.types import Plan
from app.services.payments.errors import IllegalCollectionTransition
from app.services.payments.events import MoneyKeptApart
from app.services.payments.ports import PlanOwner
from app.services.payments.settle import flag, locked


async def confirm_collection(
    session: AsyncSession, collection_id: UUID, *, version: int, actor: Actor, owner: PlanOwner
) -> Row[Any]:
    """The cash is handed in, or the transfer is on the account: somebody else saw it.

    A transfer of exactly what is due pays the order. Another amount, or one for an order that is
    paid or closed, is kept apart, and people are told. Raises `NotFound`, `StaleVersion`,
    `IllegalCollectionTransition` and `SecondPersonNeeded`.
    """
    plan, row = await _locked(session, collection_id, version, owner)
    _require(row, CollectionState.RECORDED)
    actor.require_other_than(row.recorded_by)
    await _record(session, actor, "payments.confirm_collection", row)
    repository = CollectionRepository(session)
    tender = plan.by_hand
    if tender is None:
        raise ValueError(f"{plan.id} is not paid by hand")
    if row.kind == CASH:
        await ledger.post(session, [handed_in(plan, row.id, row.amount_minor)], actor=actor)
        return await repository.settle(row.id, CollectionState.CONFIRMED, actor=actor.principal)
    found = meaning(plan, tender, row.amount_minor)
    if found is Meaning.PAYS:
        settled = await repository.settle(row.id, CollectionState.CONFIRMED, actor=actor.principal)
        await capture_by_hand(session, plan, owner, actor=actor)
        return settled
    settled = await repository.settle(
        row.id, CollectionState.APART, actor=actor.principal, reason=found
    )
    await flag(
        session,
        plan,
        ReviewKind(f"transfer_{found}"),
        reference=row.reference,
        amount=(row.amount_minor, row.currency),
    )
    await system.publish(
        session,
        MoneyKeptApart(
            order_id=plan.order_id,
            plan_id=plan.id,
            channel=TRANSFER,
            transaction_id=row.reference,
            amount_minor=row.amount_minor,
            currency=row.currency,
            reason=found,
        ),
    )
    await ledger.post(session, [kept_apart(plan, row.id, row.amount_minor)], actor=actor)
    return settled


async def reject_collection(
    session: AsyncSession,
    collection_id: UUID,
    *,
    version: int,
    reason: str,
    actor: Actor,
    owner: PlanOwner,
) -> Row[Any]:
    """There is no such transfer, or it was recorded wrongly; its reference is free again.

    Raises `NotFound`, `StaleVersion`, and `IllegalCollectionTransition` for cash, which has paid.
    """
    _, row = await _locked(session, collection_id, version, owner)
    if row.kind == CASH:
        raise IllegalCollectionTransition("The order is paid: refund it", state=row.state)
    _require(row, CollectionState.RECORDED)
    await _record(session, actor, "payments.reject_collection", row)
    return await CollectionRepository(session).settle(
        row.id, CollectionState.REJECTED, actor=actor.principal, reason=reason
    )


async def return_collection(
    session: AsyncSession,
    collection_id: UUID,
    *,
    version: int,
    reference: str,
    actor: Actor,
    owner: PlanOwner,
) -> Row[Any]:
    """A transfer that was kept apart has been sent back; `reference` is the bank's number of that.

    Raises `NotFound`, `StaleVersion`, `IllegalCollectionTransition`, and `SecondPersonNeeded` for
    who decided that it pays nothing.
    """
    plan, row = await _locked(session, collection_id, version, owner)
    _require(row, CollectionState.APART)
    actor.require_other_than(row.settled_by)
    await _record(session, actor, "payments.return_collection", row)
    await ledger.post(session, [given_back(plan, row.id, row.amount_minor)], actor=actor)
    return await CollectionRepository(session).give_back(row.id, reference, actor=actor.principal)


async def read_collection(session: AsyncSession, collection_id: UUID) -> Row[Any]:
    """Raises `NotFound`."""
    row = await CollectionRepository(session).get(collection_id)
    if row is None:
        raise NotFound("No such collection")
    return row


async def _locked(
    session: AsyncSession, collection_id: UUID, version: int, owner: PlanOwner
) -> tuple[Plan, Row[Any]]:
    """A collection read under the locks of its order and plan."""
    known = await read_collection(session, collection_id)
    plan = await locked(session, owner, known.order_id, known.plan_id)
    row = await read_collection(session, collection_id)
    if row.version != version:
        raise StaleVersion("Look at it again", version=row.version)
    return plan, row


def _require(row: Row[Any], state: CollectionState) -> None:
    if row.state != state:
        raise IllegalCollectionTransition(f"It is not {state}", state=row.state)


async def _record(session: AsyncSession, actor: Actor, what: str, row: Row[Any]) -> None:
    changes = {"amount_minor": row.amount_minor, "reference": row.reference}
    await system.record(session, actor, what, "collection", row.id, changes)
