"""Paying into a balance: begun, given up, refunded. What a payment does is in `top_up_owner`."""

from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.payments import (
    PlanState,
    RefundKind,
    RefundReason,
    RefundState,
    TenderKind,
    TopUpState,
)
from app.core.errors import NotFound
from app.core.ids import new_id
from app.models.top_ups import TopUp
from app.repositories.payments.top_ups import TopUpRepository
from app.services import system
from app.services.payments.calls import Gateways
from app.services.payments.close import begin_close, finish_close
from app.services.payments.engine.top_up_return import bonus_share
from app.services.payments.errors import (
    IllegalTopUpTransition,
    PackageLimitReached,
    PackageUnavailable,
    TopUpOutOfRange,
)
from app.services.payments.open import open_plan
from app.services.payments.refund import everything, record_refund
from app.services.payments.refund_read import list_refunds_of
from app.services.payments.refund_standing import locked_standing
from app.services.payments.refund_views import RefundView
from app.services.payments.requests import TenderRequest
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms
from app.services.payments.top_up_owner import TOP_UPS, locked_top_up, require_there
from app.services.payments.views import PlanView
from app.services.payments.wallets import locked_split, require_thawed

LIFETIME = timedelta(minutes=30)
"""How long a top-up waits for its payment."""
GIVEN_UP = frozenset({RefundState.REJECTED, RefundState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginTopUp:
    """By a package, or of a free amount; `gateway` says how it is paid."""

    gateway: TenderRequest
    package_id: UUID | None = None
    currency: str = "CNY"
    amount_minor: int | None = None


async def begin_top_up(
    session: AsyncSession,
    member_id: UUID,
    command: BeginTopUp,
    *,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> tuple[TopUp, PlanView]:
    """Open a payment plan for it; `start_attempt` asks the gateway, after the commit.

    Raises `PackageUnavailable`, `PackageLimitReached`, `TopUpOutOfRange`, `BalanceFrozen` and what
    `open_plan` raises.
    """
    if command.gateway.kind is not TenderKind.GATEWAY:
        raise ValueError("a balance is paid into by a gateway")
    await require_thawed(session, member_id)
    row = TopUp(
        id=new_id(),
        member_id=member_id,
        package_id=command.package_id,
        currency=command.currency,
        pay_minor=command.amount_minor or 0,
        bonus_minor=0,
        state=TopUpState.AWAITING,
        expires_at=clock.now() + LIFETIME,
    )
    if command.package_id is not None:
        await _follow(session, row, command.package_id)
    elif not terms.top_up_least_minor <= row.pay_minor <= terms.top_up_most_minor:
        raise TopUpOutOfRange(
            "Choose another amount",
            least_minor=terms.top_up_least_minor,
            most_minor=terms.top_up_most_minor,
        )
    await TopUpRepository(session).add(row)
    plan = await open_plan(
        session,
        order_id=row.id,
        member_id=member_id,
        currency=row.currency,
        payable_minor=row.pay_minor,
        requests=[command.gateway],
        expires_at=row.expires_at,
        terms=terms,
    )
    return row, plan


async def cancel_top_up(
    sessions: Sessions,
    gateways: Gateways,
    top_up_id: UUID,
    *,
    member_id: UUID | None,
    reason: str,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> TopUp:
    """Give up one that is not paid, a member's own where one is named; again changes nothing.

    While the gateway may still take money it stays `awaiting`, and is `paid` if it does. Raises
    `NotFound` and `AlreadyPaid`.
    """
    async with unit_of_work(sessions) as session:
        row = await locked_top_up(session, top_up_id)
        if member_id not in {None, row.member_id}:
            raise NotFound("No such top-up")
        plan = await begin_close(session, top_up_id, reason, owner=TOP_UPS)
    if plan.state is PlanState.CLOSING:
        await finish_close(sessions, gateways, TOP_UPS, plan.id, terms=terms)
    async with unit_of_work(sessions) as session:
        return await get_top_up(session, top_up_id)


async def expire_top_ups(
    sessions: Sessions,
    gateways: Gateways,
    *,
    limit: int,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> int:
    """Give up to `limit` unpaid top-ups up whose time is over; how many were looked at.

    One that is closing already is the janitor's to finish.
    """
    async with unit_of_work(sessions) as session:
        due = await TopUpRepository(session).due(limit=limit)
    for top_up_id in due:
        await cancel_top_up(
            sessions, gateways, top_up_id, member_id=None, reason="expired", terms=terms
        )
    return len(due)


async def refund_top_up(
    session: AsyncSession,
    top_up_id: UUID,
    *,
    reason: str,
    actor: Actor,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> RefundView:
    """Give back through its gateway what is left of a top-up, and take its bonus back.

    Above the limit for one person it waits for a second; until then the balance can be spent, and
    is looked at again when it is approved. Asked again it tells the same, unless that was rejected.

    Raises `NotFound`, `IllegalTopUpTransition` for one that is not paid, `DisputeOpen`, and
    `TopUpSpent` when the balance has not got all of both left.
    """
    row = await locked_top_up(session, top_up_id)
    found = await locked_standing(session, top_up_id, owner=TOP_UPS)
    earlier = await list_refunds_of(session, top_up_id)
    known = next((each for each in reversed(earlier) if each.state not in GIVEN_UP), None)
    is_known = known is not None and known.kind is not RefundKind.CHARGEBACK
    if known is not None and (is_known or row.state == TopUpState.REFUNDED):
        return known
    if row.state != TopUpState.PAID:
        raise IllegalTopUpTransition("It is not paid", state=row.state)
    amount = found.left.total_minor
    limit = terms.gives_alone(actor)
    waits = limit is not None and amount > limit
    if waits:
        own, available = await locked_split(session, row.member_id, row.currency)
        before = row.pay_minor - amount
        bonus = bonus_share(
            row.bonus_minor, row.pay_minor, before_minor=before, amount_minor=amount
        )
        require_there(amount, bonus, own, available)
    wanted = everything(found, reason_code=RefundReason.CHANGED_MIND, reason=reason)
    wanted = replace(wanted, number=None if earlier else _refund_number(row.id), waits=waits)
    view = await record_refund(session, found, wanted, owner=TOP_UPS, actor=actor)
    changes = {"number": view.number, "amount_minor": view.amount_minor, "state": view.state}
    await system.record(session, actor, "payments.refund_top_up", "top_up", row.id, changes)
    return view


async def get_top_up(
    session: AsyncSession, top_up_id: UUID, *, member_id: UUID | None = None
) -> TopUp:
    """Raises `NotFound`, also for somebody else's where a member is named."""
    row = await TopUpRepository(session).get(top_up_id)
    if row is None or member_id not in {None, row.member_id}:
        raise NotFound("No such top-up")
    return row


async def list_top_ups(
    session: AsyncSession,
    *,
    after: UUID | None,
    limit: int,
    member_id: UUID | None = None,
    state: TopUpState | None = None,
) -> Sequence[TopUp]:
    """One more than `limit`, newest first."""
    return await TopUpRepository(session).page(
        after=after, limit=limit + 1, member_id=member_id, state=state
    )


def _refund_number(top_up_id: UUID) -> str:
    """26 characters: with the number of its part it fits the 32 of UnionPay's statement."""
    return b32encode(top_up_id.bytes).decode().rstrip("=")


async def _follow(session: AsyncSession, row: TopUp, package_id: UUID) -> None:
    """Freeze what the package says now."""
    top_ups = TopUpRepository(session)
    package = await top_ups.package(package_id)
    now = await top_ups.now()
    if (
        package is None
        or not package.is_active
        or (package.starts_at is not None and package.starts_at > now)
        or (package.ends_at is not None and package.ends_at <= now)
    ):
        raise PackageUnavailable("Choose another")
    row.currency = package.currency
    row.pay_minor, row.bonus_minor = package.pay_minor, package.bonus_minor
    if not await top_ups.use(row.member_id, package_id, most=package.per_member):
        raise PackageLimitReached("You have had it", per_member=package.per_member)
