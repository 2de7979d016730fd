"""Points and balance of a member: granted, adjusted, read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.ledger import AccountKind
from app.core.errors import AlreadyExists, NotFound
from app.core.ids import new_id
from app.repositories.payments.lots import LotRepository
from app.repositories.payments.stored_value import StoredValueRepository
from app.services import ledger, system
from app.services.payments.engine import journals
from app.services.payments.engine.journals_refund import points_debt
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms


class Adjustment(StrEnum):
    """Why a balance moves: paid in, given away, or put right."""

    TOP_UP = "top_up"
    GOODWILL = "goodwill"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantPoints:
    """`source` names the reason uniquely (`order:<id>`); granting it again changes nothing."""

    member_id: UUID
    quantity: int
    source: str
    currency: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustBalance:
    """`amount_minor` is signed: above zero the member gets money."""

    member_id: UUID
    currency: str
    amount_minor: int
    kind: Adjustment
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsView:
    """`available` leaves out expired points; their worth is `value_minor` each."""

    available: int
    held: int
    next_expiry_at: datetime | None
    value_minor: int
    lots: Sequence[Row[Any]]


async def grant_points(
    session: AsyncSession,
    command: GrantPoints,
    *,
    actor: Actor | None = None,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> Row[Any]:
    """Give points as a lot of their own; returns the lot.

    What the member owes of points is paid from it first.

    Raises `NotFound` for an unknown member and `AlreadyExists` when the source was granted with
    another quantity or to somebody else.
    """
    lot, journal = await add_lot(session, command, terms=terms)
    if journal is None:
        return lot
    await ledger.post(session, [journal], actor=actor)
    if actor is not None:
        changes = {"quantity": command.quantity, "source": command.source}
        await system.record(
            session, actor, "payments.grant_points", "member", command.member_id, changes
        )
    return lot


async def add_lot(
    session: AsyncSession, command: GrantPoints, *, terms: PaymentTerms = DEVELOPMENT_TERMS
) -> tuple[Row[Any], ledger.Journal | None]:
    """The lot of `grant_points`, and the journal that has to be posted in this transaction.

    None is to be posted where the source was granted before. Who grants to several members posts
    all at once: accounts are waited for in one order only within a posting. Raises as
    `grant_points` does.
    """
    repository = StoredValueRepository(session)
    await _check_member(repository, command.member_id)
    lot = await repository.grant(
        {
            "id": new_id(),
            "member_id": command.member_id,
            "currency": command.currency,
            "source": command.source,
            "quantity": command.quantity,
            "expires_at": command.expires_at,
            "lifetime_days": terms.points_lifetime_days,
        }
    )
    if lot is None:
        lot = await repository.lot(command.source)
        if (lot.member_id, lot.quantity) != (command.member_id, command.quantity):
            raise AlreadyExists("The source has been granted otherwise", field="source")
        return lot, None
    repaid = await LotRepository(session).repay(
        lot.id, command.member_id, command.currency, command.quantity
    )
    journal = _granted(lot, repaid, terms)
    return await repository.lot(command.source) if repaid else lot, journal


async def adjust_balance(
    session: AsyncSession, command: AdjustBalance, *, actor: Actor
) -> Row[Any]:
    """Move a member's balance by hand; the journal keeps the reason.

    Raises `NotFound` for an unknown member and `InsufficientFunds` when more is taken than is
    there.
    """
    repository = StoredValueRepository(session)
    await _check_member(repository, command.member_id)
    currency = command.currency
    counterpart = (
        ledger.Account(AccountKind.BANK, "top_ups", currency=currency)
        if command.kind is Adjustment.TOP_UP
        else ledger.Account(AccountKind.GOODWILL_COST, currency=currency)
    )
    own = journals.balance(command.member_id, ledger.AVAILABLE, currency)
    journal = ledger.Journal(
        key=f"balance:{new_id()}",
        kind=f"balance_{command.kind}",
        entries=ledger.transfer(counterpart, own, command.amount_minor),
        member_id=command.member_id,
        reason=command.reason,
    )
    await ledger.post(session, [journal], actor=actor)
    changes = {"amount_minor": command.amount_minor, "currency": currency, "kind": command.kind}
    await system.record(
        session, actor, "payments.adjust_balance", "member", command.member_id, changes
    )
    rows = await repository.balances(command.member_id)
    return next(row for row in rows if row.currency == currency)


async def read_points(
    session: AsyncSession,
    member_id: UUID,
    *,
    after: UUID | None = None,
    limit: int = 20,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> PointsView:
    """What a member has, with up to `limit` + 1 lots, newest first."""
    repository = StoredValueRepository(session)
    summary = await repository.points(member_id)
    return PointsView(
        available=summary.available,
        held=summary.held,
        next_expiry_at=summary.next_expiry_at,
        value_minor=terms.point_value_minor,
        lots=await repository.lots(member_id, after=after, limit=limit + 1),
    )


async def read_balances(session: AsyncSession, member_id: UUID) -> Sequence[Row[Any]]:
    """A member's balance in each currency it ever had."""
    return await StoredValueRepository(session).balances(member_id)


def _granted(lot: Row[Any], repaid: int, terms: PaymentTerms) -> ledger.Journal:
    """What is granted at its worth, and in points; `repaid` of them pay the member's debt."""
    member_id, currency = lot.member_id, lot.currency
    cost = ledger.Account(AccountKind.POINTS_AWARD_COST, currency=currency)
    entries: list[ledger.Entry] = []
    for unit, source, worth in (
        (currency, cost, terms.point_value_minor),
        (ledger.POINTS, journals.OUTSTANDING, 1),
    ):
        for account, quantity in (
            (journals.points(member_id, ledger.AVAILABLE, unit), lot.quantity - repaid),
            (points_debt(member_id, unit), repaid),
        ):
            if quantity:
                entries += ledger.transfer(source, account, quantity * worth)
    return ledger.Journal(
        key=f"points:{lot.id}",
        kind="points_granted",
        entries=tuple(entries),
        member_id=member_id,
    )


async def _check_member(repository: StoredValueRepository, member_id: UUID) -> None:
    if not await repository.has_member(member_id):
        raise NotFound("No such member")
