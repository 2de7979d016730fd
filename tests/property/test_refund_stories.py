"""Random stories of one order's refunds; whatever happens, the books are right and all comes back.

INV-6, INV-8, INV-13, INV-15 and INV-19 over the real services.
"""

import contextlib
from typing import TypeAlias
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.actor import Actor
from app.core.db import unit_of_work
from app.core.enums.payments import (
    DisputeState,
    FallbackKind,
    PlanState,
    PointsShortfall,
    RefundPolicy,
    RefundState,
    TenderKind,
)
from app.core.errors import DomainError
from app.core.ids import new_id
from app.services import payments
from app.services.payments import SHIPPING, PaidRow, PlanView, Span, Take, TenderRequest
from app.services.payments.ports import GatewayState
from tests.factories.members import make_member
from tests.factories.payment_invariants import check_always
from tests.factories.payments import (
    GATEWAY,
    TERMS,
    Counter,
    funds,
    give_balance,
    give_points,
    make_gift_card,
    staff,
    system_balances,
)
from tests.fakes.transactions import watched

STEPS = (
    "units",
    "units",
    "amount",
    "shipping",
    "waiting",
    "approve",
    "reject",
    "push",
    "fail",
    "mend",
    "retry",
    "fall_back",
    "dispute",
    "win",
    "lose",
    "earn",
    "spend",
)
Script: TypeAlias = list[tuple[str, int]]
SCRIPTS = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9_999)), max_size=16)
CLERK, MANAGER = staff(), staff()


class Story:
    """Three teas, a pot and shipping for 100.01, paid by all kinds of tenders."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.tea, self.pot = new_id(), new_id()
        self.fallen = self.lost = self.spent = 0
        self.plan: PlanView | None = None

    @property
    def _plan(self) -> PlanView:
        assert self.plan is not None
        return self.plan

    async def open(self) -> None:
        member_id, order_id = new_id(), new_id()
        async with unit_of_work(self.counter.sessions) as session:
            await make_member(session, id=member_id)
            self.card_id = (await make_gift_card(session, 3_000, member_id=member_id)).id
            for quantity in (150, 151):
                await give_points(session, member_id, quantity, terms=self.counter.terms)
            await give_balance(session, member_id, 2_000)
            self.opening = await funds(session, member_id, self.card_id)
        self.counter.orders.units[order_id] = (
            PaidRow(Span(self.tea, 0, 3), 2_001),
            PaidRow(Span(self.pot, 0, 1), 3_333),
            PaidRow(SHIPPING, 665),
        )
        requests = (
            TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=self.card_id, max_minor=2_222),
            TenderRequest(kind=TenderKind.POINTS, max_points=201),
            TenderRequest(kind=TenderKind.BALANCE, max_minor=1_111),
            GATEWAY,
        )
        plan = await self.counter.open(member_id, 10_001, *requests, order_id=order_id)
        plan = await self.counter.start(plan)
        await self.counter.notify(self.counter.pay(plan))
        self.plan = await self.counter.read(plan)

    async def play(self, step: str, number: int) -> None:
        with contextlib.suppress(DomainError):
            await getattr(self, step)(number)
        async with unit_of_work(self.counter.sessions) as session:
            await check_always(session)

    async def units(self, number: int, *, actor: Actor | None = None) -> None:
        found = await self.counter.standing(self._plan)
        left = payments.not_returned(found)
        if left:
            span = left[number % len(left)]
            chosen = (Span(span.line_id, span.first, number % span.quantity + 1),)
            await self.counter.refund(
                self._plan, Take((chosen,)), units=chosen, actor=actor, waits=actor is not None
            )

    async def amount(self, number: int) -> None:
        found = await self.counter.standing(self._plan)
        await self.counter.refund(self._plan, Take((found.left.goods,), number % 1_500 + 1))

    async def shipping(self, number: int) -> None:
        await self.counter.refund(self._plan, Take(((SHIPPING,),), number % 400 + 1))

    async def waiting(self, number: int) -> None:
        await self.units(number, actor=CLERK)

    async def approve(self, number: int) -> None:
        for refund in await self._in(RefundState.WAITING):
            await self.counter.approve(refund, MANAGER)

    async def reject(self, number: int) -> None:
        for refund in await self._in(RefundState.WAITING):
            await self.counter.reject(refund, MANAGER)

    async def push(self, number: int) -> None:
        await self.counter.push()

    async def fail(self, number: int) -> None:
        self.counter.gateway.refund_state = GatewayState.FAILED

    async def mend(self, number: int) -> None:
        self.counter.gateway.refund_state = GatewayState.SUCCEEDED

    async def retry(self, number: int) -> None:
        for part in await self._failed():
            await self.counter.retry_part(part.id)

    async def fall_back(self, number: int) -> None:
        for part in await self._failed():
            kind = FallbackKind.BALANCE if number % 2 else FallbackKind.BANK
            await self.counter.fall_back(part.id, kind, "wire" if not number % 2 else None)
            left = part.amount_minor - part.points_withheld_minor
            self.fallen += left if number % 2 else 0

    async def dispute(self, number: int) -> None:
        command = payments.disputes.OpenDispute(
            plan_id=self._plan.id,
            reference=f"C-{number}",
            amount_minor=number % 3_000 + 1,
            reason="x",
        )
        async with unit_of_work(self.counter.sessions) as session:
            await payments.disputes.open_dispute(
                session, command, actor=CLERK, owner=self.counter.orders
            )

    async def win(self, number: int) -> None:
        await self._close(DisputeState.WON)

    async def lose(self, number: int) -> None:
        await self._close(DisputeState.LOST)

    async def earn(self, number: int) -> None:
        found = await self.counter.standing(self._plan)
        if found.taken:  # points are granted when nothing can come back any more
            return
        command = payments.EarnPoints(
            order_id=self._plan.order_id,
            member_id=self._plan.member_id,
            currency="CNY",
            eligible_minor=found.plan.payable_minor - 665 - 201,
            per_minor=7,
        )
        async with unit_of_work(self.counter.sessions) as session:
            await payments.earn_points(session, command, terms=self.counter.terms)

    async def spend(self, number: int) -> None:
        command = payments.SpendPoints(
            member_id=self._plan.member_id,
            quantity=number % 700 + 1,
            source=str(new_id()),
            currency="CNY",
        )
        async with unit_of_work(self.counter.sessions) as session:
            await payments.spend_points(session, command, terms=self.counter.terms)
        self.spent += command.quantity

    async def finish(self) -> None:
        """Everything that is left comes back, and then everything has."""
        for step in ("win", "approve", "mend", "push", "push", "retry", "push", "push"):
            await self.play(step, 0)
        with contextlib.suppress(payments.RefundExceeds):
            await self.counter.refund_all(self._plan)
        await self.play("push", 0)
        await self.play("push", 0)
        plan = self._plan
        assert (await self.counter.read(plan)).state is PlanState.REFUNDED
        async with unit_of_work(self.counter.sessions) as session:
            own = await funds(session, plan.member_id, self.card_id)
            found = await system_balances(session, plan.order_id)
            debts = await payments.read_points_debts(session, plan.member_id)
        owed = sum(each["quantity"] for each in debts)
        expected = dict(self.opening)
        parts = [each for refund in await self.counter.refunds(plan) for each in refund.parts]
        kept = {TenderKind.BALANCE: "balance:available", TenderKind.GIFT_CARD: "card0:available"}
        for part in parts:
            if part.kind in kept:
                expected[kept[part.kind]] -= part.points_withheld_minor
        withheld = sum(part.points_withheld_minor for part in parts)
        expected["balance:available"] += self.fallen
        for name in ("points:available", "pts:available"):
            expected[name] += owed + withheld - self.spent
        assert own == {name: minor for name, minor in expected.items() if minor}
        assert not {"prepaid", "payable", "suspense"} & found.keys()
        assert found.get("clearing", 0) == self.counter.gateway.net_taken_minor - self.lost

    async def _in(self, state: RefundState) -> list[payments.RefundView]:
        return [each for each in await self.counter.refunds(self._plan) if each.state is state]

    async def _failed(self) -> list[payments.RefundPart]:
        refunds = await self.counter.refunds(self._plan)
        return [p for r in refunds for p in r.parts if p.state is RefundState.FAILED]

    async def _close(self, outcome: DisputeState) -> None:
        async with unit_of_work(self.counter.sessions) as session:
            open_ = await payments.disputes.list_disputes(
                session,
                after=None,
                limit=50,
                state=DisputeState.OPEN,
                order_id=self._plan.order_id,
            )
        for each in open_:
            async with unit_of_work(self.counter.sessions) as session:
                await payments.disputes.close_dispute(
                    session,
                    UUID(str(each.id)),
                    outcome,
                    version=each.version,
                    actor=MANAGER,
                    owner=self.counter.orders,
                )
            self.lost += each.amount_minor if outcome is DisputeState.LOST else 0


@settings(max_examples=40)
@given(
    script=SCRIPTS,
    policy=st.sampled_from(RefundPolicy),
    shortfall=st.sampled_from(PointsShortfall),
)
async def test_every_story_of_refunds_gives_everything_back(
    engine: AsyncEngine, script: Script, policy: RefundPolicy, shortfall: PointsShortfall
) -> None:
    async with engine.connect() as connection:
        outer = await connection.begin()
        counter = Counter(watched(connection, join_transaction_mode="create_savepoint"))
        counter.terms = payments.PaymentTerms(
            channels=TERMS.channels,
            query_after_seconds=0,
            refund_rules=payments.RefundRules(policy=policy, shortfall=shortfall),
        )
        story = Story(counter)
        await story.open()
        for step, number in script:
            await story.play(step, number)
        await story.finish()
        assert not counter.gateway.inside + counter.second.inside, "INV-17"
        await outer.rollback()
