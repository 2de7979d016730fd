"""Points a member gives for something that is no order."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.ledger import AccountKind
from app.repositories.payments.stored_value import StoredValueRepository
from app.services import ledger
from app.services.payments.engine import journals
from app.services.payments.errors import PointsMissing
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendPoints:
    """`source` names what they are given for, a new one each time (`lottery:<draw id>`)."""

    member_id: UUID
    quantity: int
    source: str
    currency: str


async def spend_points(
    session: AsyncSession, command: SpendPoints, *, terms: PaymentTerms = DEVELOPMENT_TERMS
) -> None:
    """Take points from the lots that expire first, for good.

    Their worth goes back to what points were awarded at: nothing was sold for them. Raises
    `PointsMissing`; then nothing is taken.
    """
    member_id, currency, quantity = command.member_id, command.currency, command.quantity
    available = await StoredValueRepository(session).spend(member_id, currency, quantity)
    if available < quantity:
        raise PointsMissing("Fewer points are left", missing_points=quantity - available)
    worth = ledger.transfer(
        journals.points(member_id, ledger.AVAILABLE, currency),
        ledger.Account(AccountKind.POINTS_AWARD_COST, currency=currency),
        quantity * terms.point_value_minor,
    )
    amount = ledger.transfer(
        journals.points(member_id, ledger.AVAILABLE, ledger.POINTS), journals.OUTSTANDING, quantity
    )
    journal = ledger.Journal(
        key=f"spend:{command.source}",
        kind="points_spent",
        entries=(*worth, *amount),
        member_id=member_id,
    )
    await ledger.post(session, [journal])
