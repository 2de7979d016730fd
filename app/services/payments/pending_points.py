"""Points that are granted later, when nothing can come back any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import AlreadyExists, NotFound
from app.repositories.payments.pending_points import PendingPointsRepository
from app.repositories.payments.stored_value import StoredValueRepository
from app.services import ledger
from app.services.payments.stored_value import GrantPoints, add_lot
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class PendPoints:
    """As `GrantPoints`, from `pending_until` on. Nobody owes them before, so no journal does.

    `order_id` is what earns them, if an order does.
    """

    member_id: UUID
    quantity: int
    source: str
    currency: str
    pending_until: datetime
    order_id: UUID | None = None


def source_of(order_id: UUID) -> str:
    """What the points an order earns are granted for."""
    return f"order:{order_id}"


async def pend_points(session: AsyncSession, command: PendPoints) -> Row[Any]:
    """Promise points; the same source again changes nothing.

    Raises `NotFound` for an unknown member and `AlreadyExists` when the source promises otherwise.
    """
    if not await StoredValueRepository(session).has_member(command.member_id):
        raise NotFound("No such member")
    repository = PendingPointsRepository(session)
    row = await repository.pend(
        {
            "member_id": command.member_id,
            "quantity": command.quantity,
            "source": command.source,
            "currency": command.currency,
            "available_at": command.pending_until,
            "order_id": command.order_id,
        }
    )
    if row is None:
        row = await repository.of(command.source)
        if (row.member_id, row.quantity) != (command.member_id, command.quantity):
            raise AlreadyExists("The source promises otherwise", field="source")
    return row


async def take_back_pending(session: AsyncSession, source: str, quantity: int) -> int:
    """Promise `quantity` points less, or nothing any more; how many were taken.

    What has become available is none of it: it is clawed back. The row is locked, so a grant
    under way is over or sees it.
    """
    return await PendingPointsRepository(session).take_back(source, quantity)


async def ripen_points(
    session: AsyncSession, *, limit: int, terms: PaymentTerms = DEVELOPMENT_TERMS
) -> int:
    """Grant up to `limit` promises whose time has come; how many. Runs again safely.

    Rows somebody else works on are left to them; each is granted under the name of its source,
    which counts once. All members' accounts are locked by one posting, in the order in which
    breakage locks them.
    """
    journals: list[ledger.Journal] = []
    due = await PendingPointsRepository(session).ripe(limit)
    for row in due:
        command = GrantPoints(
            member_id=row.member_id,
            quantity=row.quantity - row.taken_back,
            source=row.source,
            currency=row.currency,
        )
        _, journal = await add_lot(session, command, terms=terms)
        if journal is not None:
            journals.append(journal)
    await ledger.post(session, journals)
    return len(due)


async def list_pending_points(
    session: AsyncSession, member_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """A member's promises that are not granted, one more than `limit`, newest first."""
    return await PendingPointsRepository(session).page(member_id, after=after, limit=limit + 1)
