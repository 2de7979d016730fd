"""A bank transfer as the shopper makes it: whom to pay, by which reference, and proofs of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import PlanState
from app.repositories.payments.collections import CollectionRepository
from app.services.payments.engine.by_hand import TRANSFER
from app.services.payments.engine.types import Plan
from app.services.payments.errors import NotAwaitingPayment, NotPaidByHand, TooManyProofs
from app.services.payments.ports import PlanOwner
from app.services.payments.read import plan_of_order
from app.services.payments.settle import locked

MAX_PROOFS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferView:
    """`amount_minor` of `currency` is to be transferred, no more and no less."""

    amount_minor: int
    currency: str
    state: PlanState
    proofs: Sequence[Row[Any]]


async def read_transfer(session: AsyncSession, order_id: UUID) -> TransferView:
    """Raises `NotFound`, and `NotPaidByHand` for an order that is not paid by transfer."""
    plan = await plan_of_order(session, order_id)
    return await _view(session, plan)


async def prove_transfer(
    session: AsyncSession, order_id: UUID, *, url: str, note: str | None, owner: PlanOwner
) -> TransferView:
    """Add a proof. It pays nothing: staff look at the account.

    Raises as `read_transfer`, `NotAwaitingPayment` and `TooManyProofs`.
    """
    known = await plan_of_order(session, order_id)
    plan = await locked(session, owner, order_id, known.id)
    _amount(plan)
    if plan.state is not PlanState.AWAITING:
        raise NotAwaitingPayment("The order takes no payment any more", state=plan.state)
    proof = {"plan_id": plan.id, "member_id": plan.member_id, "url": url, "note": note}
    if await CollectionRepository(session).prove(proof, most=MAX_PROOFS) is None:
        raise TooManyProofs("Enough to look at", max_proofs=MAX_PROOFS)
    return await _view(session, plan)


async def _view(session: AsyncSession, plan: Plan) -> TransferView:
    return TransferView(
        amount_minor=_amount(plan),
        currency=plan.currency,
        state=plan.state,
        proofs=await CollectionRepository(session).proofs(plan.id),
    )


def _amount(plan: Plan) -> int:
    if plan.by_hand is None or plan.by_hand.kind is not TRANSFER:
        raise NotPaidByHand("The order is not paid by bank transfer")
    return plan.by_hand.amount_minor
