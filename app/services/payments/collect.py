"""Money taken by hand, as the first person records it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import CollectionState, TenderState
from app.core.errors import AlreadyExists
from app.repositories.payments.collections import CollectionRepository
from app.repositories.payments.sources import SourceRepository
from app.services import ledger, system
from app.services.payments.engine import journals
from app.services.payments.engine.by_hand import CASH, TRANSFER, received
from app.services.payments.engine.states import UNPAID
from app.services.payments.engine.types import Plan
from app.services.payments.errors import (
    CollectionMismatch,
    NotAwaitingPayment,
    NotPaidByHand,
)
from app.services.payments.open import captured
from app.services.payments.ports import PlanOwner
from app.services.payments.read import plan_by_id
from app.services.payments.settle import locked


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCollection:
    """`reference` is the bank's number of a transfer or the carrier's receipt: it counts once."""

    plan_id: UUID
    amount_minor: int
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionFilter:
    state: CollectionState | None = None
    order_id: UUID | None = None


async def record_collection(
    session: AsyncSession, command: RecordCollection, *, actor: Actor, owner: PlanOwner
) -> Row[Any]:
    """Record cash that was collected, or a transfer that seems to be on the account.

    Cash pays the order at once: its carrier holds it until somebody else confirms that it is handed
    in. A transfer pays nothing until somebody else confirms it. The same reference again with the
    same facts changes nothing.

    Raises `NotFound`, `NotPaidByHand`, `AlreadyExists` when the reference names other money, and
    for cash `CollectionMismatch` and `NotAwaitingPayment`.
    """
    known = await plan_by_id(session, command.plan_id)
    plan = await locked(session, owner, known.order_id, known.id)
    tender = plan.by_hand
    if tender is None:
        raise NotPaidByHand("No cash and no transfer has a part in it")
    repository = CollectionRepository(session)
    values = {
        "order_id": plan.order_id,
        "plan_id": plan.id,
        "tender_id": tender.id,
        "member_id": plan.member_id,
        "kind": tender.kind,
        "amount_minor": command.amount_minor,
        "currency": plan.currency,
        "reference": command.reference,
        "recorded_by": actor.principal,
    }
    if tender.kind is TRANSFER:
        await repository.claim(command.reference)
    before = await repository.known(tender.kind, command.reference)
    if before is None and tender.kind is CASH:
        if plan.state not in UNPAID:
            raise NotAwaitingPayment("The order takes no payment any more", state=plan.state)
        if command.amount_minor != tender.amount_minor:
            raise CollectionMismatch("Collect what is due", expected_minor=tender.amount_minor)
    row = None if before is not None else await repository.record(values)
    if row is None:
        before = before or await repository.known(tender.kind, command.reference)
        facts = (plan.id, command.amount_minor)
        if before is None or (before.plan_id, before.amount_minor) != facts:
            raise AlreadyExists("The reference names other money", field="reference")
        return before
    changes = {"amount_minor": command.amount_minor, "reference": command.reference}
    await system.record(session, actor, "payments.record_collection", "collection", row.id, changes)
    if tender.kind is CASH:
        await capture_by_hand(session, plan, owner, actor=actor)
    return row


async def capture_by_hand(
    session: AsyncSession, plan: Plan, owner: PlanOwner, *, actor: Actor
) -> None:
    """A locked plan that waits is paid, in one journal; `owner.paid` comes last."""
    if plan.by_hand is None:
        raise ValueError(f"{plan.id} is not paid by hand")
    await CollectionRepository(session).capture(plan.id)
    await system.publish(session, captured(plan))
    if plan.points:
        await SourceRepository(session).settle(plan.id, TenderState.CAPTURED)
    account = received(plan.by_hand.kind, plan.currency)
    await ledger.post(session, [journals.capture(plan, account)], actor=actor)
    await owner.paid(session, plan.order_id)


async def list_collections(
    session: AsyncSession, wanted: CollectionFilter, *, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """One more than `limit`, newest first."""
    return await CollectionRepository(session).page(
        after=after, limit=limit + 1, state=wanted.state, order_id=wanted.order_id
    )
