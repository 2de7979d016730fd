"""Points an order earns, so that refunds know what to take back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import AlreadyExists
from app.repositories.payments.lots import LotRepository
from app.services.payments.engine.restoring import earned
from app.services.payments.pending_points import PendPoints, pend_points, source_of
from app.services.payments.stored_value import GrantPoints, grant_points
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnPoints:
    """One point per `per_minor` of `eligible_minor`: goods paid in anything but points.

    What went back before is no part of it. With `pending_until` they are granted then, less what
    went back meanwhile.
    """

    order_id: UUID
    member_id: UUID
    currency: str
    eligible_minor: int
    per_minor: int
    expires_at: datetime | None = None
    pending_until: datetime | None = None


async def earn_points(
    session: AsyncSession, command: EarnPoints, *, terms: PaymentTerms = DEVELOPMENT_TERMS
) -> int:
    """Grant what an order earns, once; how many points that is.

    Refunds take back what is no longer earned (payments specification 3.5). Earning again changes
    nothing. Raises `NotFound` for an unknown member and `AlreadyExists` when the order earned
    otherwise.
    """
    quantity = earned(command.eligible_minor, command.per_minor)
    lots, rule = LotRepository(session), _rule(command)
    lot_id = None
    if quantity and command.pending_until is not None:
        promised = PendPoints(
            member_id=command.member_id,
            quantity=quantity,
            source=source_of(command.order_id),
            currency=command.currency,
            pending_until=command.pending_until,
            order_id=command.order_id,
        )
        await pend_points(session, promised)
    elif quantity:
        lot = await grant_points(
            session,
            GrantPoints(
                member_id=command.member_id,
                quantity=quantity,
                source=source_of(command.order_id),
                currency=command.currency,
                expires_at=command.expires_at,
            ),
            terms=terms,
        )
        lot_id = lot.id
    is_new = await lots.earn(
        {**rule, "lot_id": lot_id, "point_value_minor": terms.point_value_minor}
    )
    if not is_new:
        known = await lots.earning(command.order_id)
        if any(known[name] != value for name, value in rule.items()):
            raise AlreadyExists("The order earned otherwise", field="order_id")
    return quantity


async def read_points_debts(session: AsyncSession, member_id: UUID) -> Sequence[RowMapping]:
    """Points a member owes, by currency of what they are worth."""
    return await LotRepository(session).debts(member_id)


def _rule(command: EarnPoints) -> dict[str, Any]:
    return {
        "order_id": command.order_id,
        "member_id": command.member_id,
        "currency": command.currency,
        "eligible_minor": command.eligible_minor,
        "per_minor": command.per_minor,
    }
