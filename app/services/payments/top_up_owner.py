"""What a plan pays for: a top-up's side of the plan's port, and who owns which plan."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import TopUpState
from app.core.errors import NotFound
from app.models.top_ups import TopUp
from app.repositories.payments.top_ups import TopUpRepository
from app.services import ledger
from app.services.payments.engine import journals_top_up as journals
from app.services.payments.engine.attribution import SHIPPING, PaidRow
from app.services.payments.ports import PlanOwner


class TopUps:
    """Implements `PlanOwner`; has no state."""

    async def lock(self, session: AsyncSession, order_id: UUID) -> None:
        """Lock the top-up, which comes before its plan."""
        await locked_top_up(session, order_id)

    async def paid(self, session: AsyncSession, order_id: UUID) -> None:
        """What was prepaid is the member's balance now, with the bonus on top."""
        row = await locked_top_up(session, order_id)
        await TopUpRepository(session).move(row, TopUpState.PAID)
        await ledger.post(session, journals.credited(_facts(row)))

    async def closed(self, session: AsyncSession, order_id: UUID, reason: str) -> None:
        """Nothing will be paid: the package may be had another time."""
        row = await locked_top_up(session, order_id)
        await TopUpRepository(session).move(row, TopUpState.CLOSED, reason=reason)
        if row.package_id is not None:
            await TopUpRepository(session).give_back(row.member_id, row.package_id)

    async def refunded(self, session: AsyncSession, order_id: UUID) -> None:
        """`refund_top_up` has taken the balance back already."""

    async def rows(self, session: AsyncSession, order_id: UUID) -> tuple[PaidRow, ...]:
        """One thing without units."""
        row = await TopUpRepository(session).get(order_id)
        if row is None:
            raise NotFound("No such top-up")
        return (PaidRow(SHIPPING, row.pay_minor),)


TOP_UPS = TopUps()


class OwnerByPlan:
    """Whoever a plan belongs to: a top-up, or else what `others` knows."""

    def __init__(self, others: PlanOwner) -> None:
        self._others = others

    async def lock(self, session: AsyncSession, order_id: UUID) -> None:
        await (await self._of(session, order_id)).lock(session, order_id)

    async def paid(self, session: AsyncSession, order_id: UUID) -> None:
        await (await self._of(session, order_id)).paid(session, order_id)

    async def closed(self, session: AsyncSession, order_id: UUID, reason: str) -> None:
        await (await self._of(session, order_id)).closed(session, order_id, reason)

    async def refunded(self, session: AsyncSession, order_id: UUID) -> None:
        await (await self._of(session, order_id)).refunded(session, order_id)

    async def rows(self, session: AsyncSession, order_id: UUID) -> tuple[PaidRow, ...]:
        return await (await self._of(session, order_id)).rows(session, order_id)

    async def _of(self, session: AsyncSession, order_id: UUID) -> PlanOwner:
        is_top_up = await TopUpRepository(session).is_one(order_id)
        return TOP_UPS if is_top_up else self._others


async def locked_top_up(session: AsyncSession, top_up_id: UUID) -> TopUp:
    """Raises `NotFound`."""
    row = await TopUpRepository(session).get(top_up_id, lock=True)
    if row is None:
        raise NotFound("No such top-up")
    return row


def _facts(row: TopUp) -> journals.TopUpFacts:
    return journals.TopUpFacts(row.id, row.member_id, row.currency, row.pay_minor, row.bonus_minor)
