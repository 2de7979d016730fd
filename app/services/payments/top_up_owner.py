"""What a plan pays for: a top-up's side of the plan's port, and who owns which plan."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import ReviewKind, TopUpState
from app.core.errors import NotFound
from app.models.top_ups import TopUp
from app.repositories.payments.top_ups import TopUpRepository
from app.services import ledger
from app.services.payments.engine import journals_top_up as journals
from app.services.payments.engine.attribution import SHIPPING, PaidRow
from app.services.payments.engine.own_money import Split
from app.services.payments.engine.top_up_return import (
    TakenBack,
    bonus_share,
    is_there,
    taken_as_far,
)
from app.services.payments.errors import TopUpSpent
from app.services.payments.ports import GivingBack, PlanOwner
from app.services.payments.settle import flag
from app.services.payments.wallets import locked_split, read_owed


class TopUps:
    """Implements `PlanOwner`; has no state."""

    async def lock(self, session: AsyncSession, order_id: UUID) -> None:
        """Lock the top-up, which comes before its plan."""
        await locked_top_up(session, order_id)

    async def paid(self, session: AsyncSession, order_id: UUID) -> None:
        """What was prepaid is the member's balance now, with the bonus on top.

        A debt of the member is paid from it first; the balance's lock keeps it from being paid
        twice by top-ups that arrive together.
        """
        row = await locked_top_up(session, order_id)
        await TopUpRepository(session).move(row, TopUpState.PAID)
        facts = _facts(row)
        await ledger.post(session, journals.credited(facts))
        if owed := await read_owed(session, row.member_id, row.currency):
            repaid = journals.debt_repaid(facts, min(owed, row.pay_minor))
            await ledger.post(session, [repaid])

    async def closed(self, session: AsyncSession, order_id: UUID, reason: str) -> None:
        """Nothing will be paid: the package may be had another time."""
        row = await locked_top_up(session, order_id)
        await TopUpRepository(session).move(row, TopUpState.CLOSED, reason=reason)
        if row.package_id is not None:
            await TopUpRepository(session).give_back(row.member_id, row.package_id)

    async def gives_back(self, session: AsyncSession, order_id: UUID, back: GivingBack) -> None:
        """The balance gives back what was paid into it, and the bonus that came with that.

        Raises `TopUpSpent` when it has not got all of both left. Of money that is gone it gives
        what there is; the rest is a debt of the member, and people are told.
        """
        row = await locked_top_up(session, order_id)
        found, available = await locked_split(session, row.member_id, row.currency)
        bonus = bonus_share(
            row.bonus_minor,
            row.pay_minor,
            before_minor=back.before_minor,
            amount_minor=back.amount_minor,
        )
        if back.is_gone:
            taken = taken_as_far(back.amount_minor, bonus, found, available)
        else:
            require_there(back.amount_minor, bonus, found, available)
            taken = TakenBack(back.amount_minor, bonus)
        posted = journals.taken_back(_facts(row), back.number, taken)
        await ledger.post(session, posted, actor=back.actor)
        if taken.owed_minor:
            owed = (taken.owed_minor, row.currency)
            await flag(
                session, back.plan, ReviewKind.BALANCE_OWED, reference=back.number, amount=owed
            )
        if back.before_minor + back.amount_minor == row.pay_minor:
            await TopUpRepository(session).move(row, TopUpState.REFUNDED, reason=back.reason)

    async def refunded(
        self, session: AsyncSession, order_id: UUID, back: Mapping[str, Any]
    ) -> None:
        """The top-up has followed when its money was decided to go back."""

    async def rows(self, session: AsyncSession, order_id: UUID) -> tuple[PaidRow, ...]:
        """One thing without units."""
        row = await TopUpRepository(session).get(order_id)
        if row is None:
            raise NotFound("No such top-up")
        return (PaidRow(SHIPPING, row.pay_minor),)


TOP_UPS = TopUps()


class OwnerByPlan:
    """Whoever a plan belongs to: a top-up, a charge of an order, or else what `orders` knows."""

    def __init__(self, orders: PlanOwner, charges: PlanOwner) -> None:
        self._orders = orders
        self._others: Mapping[str, PlanOwner] = {"top_up": TOP_UPS, "charge": charges}

    async def lock(self, session: AsyncSession, order_id: UUID) -> None:
        await (await self._of(session, order_id)).lock(session, order_id)

    async def paid(self, session: AsyncSession, order_id: UUID) -> None:
        await (await self._of(session, order_id)).paid(session, order_id)

    async def closed(self, session: AsyncSession, order_id: UUID, reason: str) -> None:
        await (await self._of(session, order_id)).closed(session, order_id, reason)

    async def gives_back(self, session: AsyncSession, order_id: UUID, back: GivingBack) -> None:
        await (await self._of(session, order_id)).gives_back(session, order_id, back)

    async def refunded(
        self, session: AsyncSession, order_id: UUID, back: Mapping[str, Any]
    ) -> None:
        await (await self._of(session, order_id)).refunded(session, order_id, back)

    async def rows(self, session: AsyncSession, order_id: UUID) -> tuple[PaidRow, ...]:
        return await (await self._of(session, order_id)).rows(session, order_id)

    async def is_order(self, session: AsyncSession, order_id: UUID) -> bool:
        """Whether what the plan pays for is an order itself."""
        return await TopUpRepository(session).owner_kind(order_id) is None

    async def _of(self, session: AsyncSession, order_id: UUID) -> PlanOwner:
        kind = await TopUpRepository(session).owner_kind(order_id)
        return self._orders if kind is None else self._others[kind]


async def locked_top_up(session: AsyncSession, top_up_id: UUID) -> TopUp:
    """Raises `NotFound`."""
    row = await TopUpRepository(session).get(top_up_id, lock=True)
    if row is None:
        raise NotFound("No such top-up")
    return row


def require_there(amount_minor: int, bonus_minor: int, found: Split, available_minor: int) -> None:
    """Raise `TopUpSpent`."""
    if not is_there(amount_minor, bonus_minor, found, available_minor):
        raise TopUpSpent("Some of it is spent", available_minor=available_minor)


def _facts(row: TopUp) -> journals.TopUpFacts:
    return journals.TopUpFacts(row.id, row.member_id, row.currency, row.pay_minor, row.bonus_minor)
