"""A desk where many orders are paid and refunded, what the machine of money works at.

Two shoppers share nothing; the orders of one share a gift card, points and a balance.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import SecondPersonNeeded
from app.core.db import unit_of_work
from app.core.enums.payments import PlanState, RefundState, ReviewAction
from app.core.errors import DomainError
from app.core.ids import new_id
from app.services import payments
from app.services.payments import PaidRow, PlanView, Span, Take, TenderRequest
from app.services.payments.ports import GatewayPayment, GatewayState
from tests.factories.members import make_member
from tests.factories.payment_invariants import check_always
from tests.factories.payments import (
    Counter,
    funds,
    give_balance,
    give_points,
    make_gift_card,
    staff,
)

PER_MINOR = 7
"""What a shopper pays in anything but points for one point."""

_OLDER = {
    "payment_attempts": ("created_at", "updated_at", "next_query_at", "expires_at"),
    "refund_tenders": ("created_at", "next_query_at"),
    "gateway_events": ("created_at",),
    "payment_plans": ("created_at", "updated_at"),
}
"""What grows older as time passes: everything the janitor looks at."""

_BOOKS = text("""
    SELECT (SELECT array_agg(key ORDER BY key) FROM ledger_journals) AS journals,
        (SELECT array_agg((id, state)::text ORDER BY id) FROM payment_plans) AS plans,
        (SELECT array_agg((id, state, refunded_minor)::text ORDER BY id) FROM tenders) AS tenders,
        (SELECT array_agg((number, state)::text ORDER BY number) FROM refunds) AS refunds,
        (SELECT array_agg((out_refund_no, state)::text ORDER BY out_refund_no)
         FROM refund_tenders) AS parts
""")
_MOVED = text("""
    SELECT
        (SELECT coalesce(sum(t.amount_minor), 0) FROM tenders t
         WHERE t.member_id = m.id AND t.kind <> 'gateway' AND t.state = 'captured') AS captured,
        (SELECT coalesce(sum(b.amount_minor), 0) FROM refund_tenders b
         JOIN tenders t ON t.id = b.tender_id
         WHERE t.member_id = m.id AND b.state = 'succeeded'
           AND (t.kind <> 'gateway' OR b.fallback = 'balance')) AS returned,
        (SELECT coalesce(sum(e.eligible_minor / e.per_minor - e.clawed_back), 0)
         FROM points_earnings e WHERE e.member_id = m.id) AS earned,
        (SELECT coalesce(sum(d.quantity), 0) FROM points_debts d WHERE d.member_id = m.id) AS owed
    FROM members m WHERE m.id = :member_id
""")
_CLEARING = text("""
    WITH booked AS (
        SELECT substr(a.code, 18) AS channel, sum(e.amount_minor) AS minor
        FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
        WHERE a.kind = 'gateway_clearing' GROUP BY 1),
    told AS (
        SELECT channel, sum(minor) AS minor FROM (
            SELECT channel, amount_minor AS minor FROM payment_receipts
            UNION ALL
            SELECT channel, -amount_minor FROM refund_tenders
            WHERE channel IS NOT NULL AND state = 'succeeded' AND fallback IS NULL) each
        GROUP BY 1)
    SELECT channel, booked.minor AS booked, told.minor AS told
    FROM booked FULL JOIN told USING (channel)
    WHERE coalesce(booked.minor, 0) <> coalesce(told.minor, 0)
""")
_PAID_WRONG = text("""
    SELECT p.order_id FROM payment_plans p
    JOIN tenders t ON t.plan_id = p.id AND t.kind = 'gateway'
    WHERE p.state IN ('paid', 'partly_refunded', 'refunded') AND NOT EXISTS (
        SELECT FROM payment_receipts r WHERE r.plan_id = p.id AND r.outcome = 'captured'
          AND r.amount_minor = t.amount_minor AND r.currency = p.currency)
""")


@dataclass
class Shopper:
    id: UUID
    card_id: UUID
    opening: dict[str, int]
    spent: int = 0

    @property
    def money(self) -> int:
        return own_money(self.opening)


@dataclass
class Desk:
    """`order_ids` are orders that somebody tried to place; a crash may have been faster."""

    counter: Counter
    shoppers: list[Shopper] = field(default_factory=list)
    order_ids: list[tuple[UUID, Shopper]] = field(default_factory=list)
    done: list[Callable[[], Awaitable[object]]] = field(default_factory=list)

    async def open(self) -> None:
        for _ in range(2):
            member_id = new_id()
            async with unit_of_work(self.counter.sessions) as session:
                await make_member(session, id=member_id)
                card_id = (await make_gift_card(session, 6_000, member_id=member_id)).id
                for quantity in (901, 1_300):
                    await give_points(session, member_id, quantity, terms=self.counter.terms)
                await give_balance(session, member_id, 3_333)
                opening = await funds(session, member_id, card_id)
            self.shoppers.append(Shopper(member_id, card_id, opening))

    async def place(
        self, shopper: Shopper, prices: Sequence[int], requests: Sequence[TenderRequest]
    ) -> None:
        """Two pieces at the first price, one of each other; the last is shipping."""
        order_id = new_id()
        tea, pot = new_id(), new_id()
        self.counter.orders.units[order_id] = (
            PaidRow(Span(tea, 0, 2), prices[0]),
            PaidRow(Span(pot, 0, 1), prices[1]),
            PaidRow(payments.SHIPPING, prices[2]),
        )
        self.order_ids.append((order_id, shopper))
        payable = prices[0] + sum(prices)
        before = await self.books()
        try:
            await self.counter.open(shopper.id, payable, *requests, order_id=order_id)
        except DomainError:
            assert await self.books() == before, "all or nothing"

    async def plans(self, *states: PlanState) -> list[PlanView]:
        ids = [order_id for order_id, _ in self.order_ids]
        async with unit_of_work(self._plain) as session:
            found = await payments.read_plans(session, ids)
        plans = [found[each] for each in ids if each in found]
        return [each for each in plans if not states or each.state in states]

    async def notify(self, payment: GatewayPayment, channel: str, **facts: Any) -> None:
        outcome = await self.counter.notify(payment, channel, **facts)
        if payment.state is GatewayState.SUCCEEDED and outcome != "contradicted":
            self.done.append(lambda: self.counter.notify(payment, channel, **facts))

    async def close(self, plan: PlanView, reason: str) -> None:
        await self.counter.begin_close(plan, reason)
        if (await self.counter.finish_close(plan)).state is PlanState.CLOSED:
            self.done += [
                lambda: self.counter.begin_close(plan, reason),
                lambda: self.counter.finish_close(plan),
            ]

    async def refund(self, plan: PlanView, number: str, **what: Any) -> None:
        """As orders ask for it: a number that is known already names its refund."""

        async def ask() -> None:
            async with unit_of_work(self.counter.sessions) as session:
                known = await payments.known_refund(session, plan.order_id, number, None)
            if known is None:
                await self.counter.refund(plan, *what["takes"], units=what["units"], number=number)

        await ask()
        self.done.append(ask)

    async def refund_units(self, plan: PlanView, lot: int, number: str) -> None:
        left = payments.not_returned(await self.counter.standing(plan))
        if left:
            span = left[lot % len(left)]
            chosen = (Span(span.line_id, span.first, lot % span.quantity + 1),)
            await self.refund(plan, number, takes=(Take((chosen,)),), units=chosen)

    async def refund_amount(self, plan: PlanView, lot: int, number: str) -> None:
        goods = (await self.counter.standing(plan)).left.goods
        pool = (payments.SHIPPING,) if lot % 3 == 0 else goods
        await self.refund(plan, number, takes=(Take((pool,), lot % 900 + 1),), units=())

    async def refund_all(self, plan: PlanView, number: str) -> None:
        await self.counter.refund_all(plan, number)
        self.done.append(lambda: self.counter.refund_all(plan, number))

    async def earn(self, plan: PlanView) -> None:
        """Points are granted once nothing can come back any more, and sometimes it does."""
        found = await self.counter.standing(plan)
        if found.taken:
            return
        by_points = sum(t.amount_minor for t in plan.tenders if t.points)
        shipping = found.rows[-1].amount_minor
        command = payments.EarnPoints(
            order_id=plan.order_id,
            member_id=plan.member_id,
            currency="CNY",
            eligible_minor=max(0, plan.payable_minor - shipping - by_points),
            per_minor=PER_MINOR,
        )

        async def grant() -> None:
            async with unit_of_work(self.counter.sessions) as session:
                await payments.earn_points(session, command, terms=self.counter.terms)

        await grant()
        self.done.append(grant)

    async def spend(self, shopper: Shopper, quantity: int) -> None:
        command = payments.SpendPoints(
            member_id=shopper.id, quantity=quantity, source=str(new_id()), currency="CNY"
        )
        async with unit_of_work(self._plain) as session:
            await payments.spend_points(session, command, terms=self.counter.terms)
        shopper.spent += quantity

    async def retry_failed(self) -> None:
        """People work their queue off: refunds that failed, and money that paid nothing."""
        async with unit_of_work(self._plain) as session:
            matters = await payments.reviews.list_reviews(
                session, payments.reviews.ReviewFilter(), after=None, limit=1_000
            )
        for each in matters:
            if ReviewAction.RETRY_REFUND in each.actions and each.part_id is not None:
                await self.counter.retry_part(each.part_id)

    async def fall_back(self) -> None:
        for plan in await self.plans():
            for refund in await self.counter.refunds(plan):
                for part in refund.parts:
                    if part.state is RefundState.FAILED:
                        await self.counter.fall_back(part.id)

    async def approve_own(self, plan: PlanView) -> None:
        """Who asked may not approve; another person may, once."""
        clerk = staff()
        pool = (await self.counter.standing(plan)).left.goods
        refund = await self.counter.refund(plan, Take((pool,), 1), actor=clerk, waits=True)
        try:
            await self.counter.approve(refund, clerk)
        except SecondPersonNeeded:
            await self.counter.approve(refund, staff())
        else:
            raise AssertionError("one person refunded alone")

    async def later(self, minutes: int) -> None:
        """Time passes, and the janitor with it."""
        async with unit_of_work(self._plain) as session:
            for table, columns in _OLDER.items():
                moved = ", ".join(f"{each} = {each} - CAST(:by AS interval)" for each in columns)
                statement = text(f"UPDATE {table} SET {moved}")
                await session.execute(statement, {"by": timedelta(minutes=minutes)})
        await self.counter.janitor()

    async def books(self) -> tuple[Any, ...]:
        """Everything a replay could change."""
        async with unit_of_work(self._plain) as session:
            return tuple((await session.execute(_BOOKS)).one())

    async def check(self) -> None:
        """What holds after every step, whatever it was."""
        async with unit_of_work(self._plain) as session:
            await check_always(session)
            assert not (await session.execute(_CLEARING)).all(), "INV-8, INV-11"
            assert not (await session.execute(_PAID_WRONG)).all(), "INV-12"
            for shopper in self.shoppers:
                await self._check_shopper(session, shopper)
        assert not self.counter.gateway.inside + self.counter.second.inside, "INV-17"

    async def _check_shopper(self, session: AsyncSession, shopper: Shopper) -> None:
        own = await funds(session, shopper.id, shopper.card_id)
        moved = (await session.execute(_MOVED, {"member_id": shopper.id})).one()
        assert own_money(own) - moved.owed == (
            shopper.money - moved.captured + moved.returned + moved.earned - shopper.spent
        ), "INV-5, INV-15, INV-19"

    @property
    def _plain(self) -> Any:
        """Sessions of somebody who looks on, and does not crash."""
        return getattr(self.counter.sessions, "inner", self.counter.sessions)


def own_money(own: dict[str, int]) -> int:
    return sum(minor for name, minor in own.items() if not name.startswith("pts"))
