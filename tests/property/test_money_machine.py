"""A machine of money: many orders, every call in any order, repeated and cut off anywhere.

It plays the real services on PostgreSQL; the invariants of the payments specification (3.10) are
checked after each step, and when all is over everything has come back. What needs an order behind
the payment (coupons, INV-16), several connections (INV-21, INV-22) or a statement (INV-20) is shown
by the tests of orders, by the races and by those of reconciliation.
"""

import asyncio
import contextlib
from collections import Counter as Tally
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncTransaction
from typing_extensions import override

from app.core.db import build_engine, unit_of_work
from app.core.enums.payments import PlanState, RefundPolicy, TenderKind
from app.core.errors import DomainError
from app.services import payments
from app.services.payments import PlanView, TenderRequest
from app.services.payments.ports import GatewayPayment, GatewayState
from tests.conftest import patient
from tests.factories.payments import GATEWAY, TERMS, Counter, funds, system_balances
from tests.fakes.crashes import Crash, CrashingSessions, Fuse
from tests.fakes.transactions import watched
from tests.property.examples import examples
from tests.property.money_desk import Desk

UNPAID = (PlanState.AWAITING, PlanState.CLOSING)
PAID = (PlanState.PAID, PlanState.PARTLY_REFUNDED, PlanState.REFUNDED)
LOTS = st.integers(0, 9_999)
CUTS = st.sampled_from((None, None, None, *range(10)))
"""After how many steps of the saga the process dies, if it does."""

STAGES = ("placed", "started", "paid", "told")
BROKEN = (frozenset[str](), frozenset({"query", "close", "refund"}), frozenset({"query_refund"}))


class MoneyMachine(RuleBasedStateMachine):
    """`loop` and `url` come from the test; every example is rolled back."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    connection: ClassVar[AsyncConnection]
    tally: ClassVar[Tally[str]]

    def __init__(self) -> None:
        super().__init__()
        self.outer: AsyncTransaction = self.do(self.connection.begin())
        self.fuse = Fuse()
        sessions = watched(self.connection, join_transaction_mode="create_savepoint")
        crashing = CrashingSessions(sessions, self.fuse, inside=True)
        self.counter = Counter(crashing)  # type: ignore[arg-type]
        self.counter.gateway.step = self.counter.second.step = self.fuse.step
        self.desk = Desk(self.counter)
        self.numbers = 0

    def do(self, work: Awaitable[Any]) -> Any:
        async def done() -> Any:
            return await work

        return self.loop.run_until_complete(done())

    def play(self, step: str, cut: int | None, work: Callable[[], Awaitable[object]]) -> None:
        """What is refused is refused; what crashes has done all of a transaction or nothing."""

        async def attempt() -> None:
            self.fuse.left = cut
            try:
                await work()
            except DomainError:
                self.tally[f"{step} refused"] += 1
            except Crash:
                self.tally[f"{step} cut off"] += 1
            else:
                self.tally[step] += 1
            self.fuse.left = None

        self.do(attempt())

    def on_one(
        self,
        step: str,
        lot: int,
        cut: int | None,
        work: Callable[[PlanView], Awaitable[object]],
        *states: PlanState,
    ) -> None:
        plans = self.do(self.desk.plans(*states))
        if plans:
            plan = plans[lot % len(plans)]
            self.play(step, cut, lambda: work(plan))

    def number(self) -> str:
        self.numbers += 1
        return f"R-{self.numbers}"

    @initialize(
        policy=st.sampled_from(RefundPolicy), stages=st.tuples(*[st.sampled_from(STAGES)] * 3)
    )
    def begin(self, policy: RefundPolicy, stages: tuple[str, ...]) -> None:
        self.counter.terms = payments.PaymentTerms(
            channels=TERMS.channels,
            query_after_seconds=60,
            refund_rules=payments.RefundRules(policy=policy),
        )
        self.do(self.desk.open())
        for at, stage in enumerate(stages):
            shopper = self.desk.shoppers[at % 2]
            requests = [
                TenderRequest(
                    kind=TenderKind.GIFT_CARD, gift_card_id=shopper.card_id, max_minor=1_111
                ),
                TenderRequest(kind=TenderKind.POINTS, max_points=377),
                TenderRequest(kind=TenderKind.BALANCE, max_minor=899),
                GATEWAY,
            ]
            self.do(self.desk.place(shopper, (1_001, 2_999, 500 * at), requests))
            self.do(self._reach(stage))

    async def _reach(self, stage: str) -> None:
        """Take the order placed last so far."""
        how_far = STAGES.index(stage)
        (plan,) = (await self.desk.plans())[-1:]
        if how_far:
            plan = await self.counter.start(plan)
        if how_far >= STAGES.index("paid"):
            payment = self.counter.pay(plan)
            if how_far > STAGES.index("paid"):
                await self.desk.notify(payment, "alipay")

    @rule(
        who=st.integers(0, 1),
        prices=st.tuples(st.integers(0, 3_000), st.integers(1, 4_000), st.integers(0, 700)),
        mix=st.sets(st.sampled_from(("card", "points", "balance"))),
        cap=st.none() | st.integers(1, 2_000),
        has_gateway=st.sampled_from((True, True, True, False)),
        cut=CUTS,
    )
    def place(
        self,
        who: int,
        prices: tuple[int, int, int],
        mix: set[str],
        cap: int | None,
        has_gateway: bool,
        cut: int | None,
    ) -> None:
        shopper = self.desk.shoppers[who]
        offered = {
            "card": TenderRequest(
                kind=TenderKind.GIFT_CARD, gift_card_id=shopper.card_id, max_minor=cap
            ),
            "points": TenderRequest(kind=TenderKind.POINTS, max_points=cap),
            "balance": TenderRequest(kind=TenderKind.BALANCE, max_minor=cap),
        }
        requests = [offered[name] for name in sorted(mix)]
        if has_gateway:
            requests.append(GATEWAY)
        self.play("place", cut, lambda: self.desk.place(shopper, prices, requests))

    @rule(lot=LOTS, cut=CUTS)
    def start(self, lot: int, cut: int | None) -> None:
        self.on_one("start", lot, cut, self.counter.start, *UNPAID)

    @rule(lot=LOTS, off=st.sampled_from((0, 0, 0, 0, 1, -1)))
    def pay(self, lot: int, off: int) -> None:
        """Somebody pays at a gateway, which may have been told to close, perhaps a wrong amount."""
        open_ = [
            (gateway, known)
            for gateway in self.counter.gateways.values()
            for known in gateway.books.values()
            if known.state is not GatewayState.SUCCEEDED and known.amount_minor
        ]
        if open_:
            gateway, known = open_[lot % len(open_)]
            amount = (known.amount_minor or 0) + off
            self.tally["pay" if not off else "pay wrong"] += 1
            gateway.pay(known.out_trade_no, amount_minor=amount or 2)

    @rule(lot=LOTS, cut=CUTS)
    def notice(self, lot: int, cut: int | None) -> None:
        """A gateway tells what it knows, however often it told it before."""
        known = self._known(GatewayState.SUCCEEDED)
        if known:
            channel, payment = known[lot % len(known)]
            self.play("notice", cut, lambda: self.desk.notify(payment, channel))

    @rule(lot=LOTS, cut=CUTS)
    def contradiction(self, lot: int, cut: int | None) -> None:
        """A failure, before or after the truth, or a success the gateway does not confirm."""
        known = self._known()
        if known:
            channel, payment = known[lot % len(known)]
            state = (GatewayState.FAILED, GatewayState.SUCCEEDED, GatewayState.CLOSED)[lot % 3]
            if state is GatewayState.CLOSED and payment.state is not GatewayState.CLOSED:
                state = GatewayState.PENDING
            told = GatewayPayment(
                out_trade_no=payment.out_trade_no,
                state=state,
                transaction_id=f"told-{payment.out_trade_no}",
                amount_minor=payment.amount_minor,
                currency=payment.currency,
            )
            self.play("contradiction", cut, lambda: self.counter.notify(told, channel))

    @rule(lot=LOTS)
    def notice_of_another(self, lot: int) -> None:
        known = self._known(GatewayState.SUCCEEDED)
        if known:
            channel, payment = known[lot % len(known)]
            self.play(
                "notice of another merchant",
                None,
                lambda: self.counter.notify(payment, channel, merchant_id="M-2"),
            )

    @rule(lot=LOTS, channel=st.sampled_from(("wechat", "alipay")), cut=CUTS)
    def change_channel(self, lot: int, channel: str, cut: int | None) -> None:
        self.on_one(
            "change channel", lot, cut, lambda plan: self.counter.retry(plan, channel), *UNPAID
        )

    @rule(lot=LOTS, reason=st.sampled_from(("expired", "cancelled")), cut=CUTS)
    def cancel(self, lot: int, reason: str, cut: int | None) -> None:
        self.on_one(reason, lot, cut, lambda plan: self.desk.close(plan, reason))

    @rule(lot=LOTS, cut=CUTS)
    def refund_units(self, lot: int, cut: int | None) -> None:
        number = self.number()
        self.on_one(
            "refund of units", lot, cut, lambda p: self.desk.refund_units(p, lot, number), *PAID
        )

    @rule(lot=LOTS, cut=CUTS)
    def refund_amount(self, lot: int, cut: int | None) -> None:
        number = self.number()
        self.on_one(
            "refund of an amount",
            lot,
            cut,
            lambda p: self.desk.refund_amount(p, lot, number),
            *PAID,
        )

    @rule(lot=LOTS, cut=CUTS)
    def refund_all(self, lot: int, cut: int | None) -> None:
        number = self.number()
        self.on_one("refund of all", lot, cut, lambda p: self.desk.refund_all(p, number))

    @rule(lot=LOTS)
    def four_eyes(self, lot: int) -> None:
        self.on_one("four eyes", lot, None, self.desk.approve_own, *PAID)

    @rule(lot=LOTS, cut=CUTS)
    def earn(self, lot: int, cut: int | None) -> None:
        self.on_one("earn", lot, cut, self.desk.earn, PlanState.PAID)

    @rule(who=st.integers(0, 1), quantity=st.integers(1, 700))
    def spend(self, who: int, quantity: int) -> None:
        shopper = self.desk.shoppers[who]
        self.play("spend", None, lambda: self.desk.spend(shopper, quantity))

    @rule(cut=CUTS)
    def push(self, cut: int | None) -> None:
        self.play("push", cut, self.counter.push)

    @rule(cut=CUTS)
    def janitor(self, cut: int | None) -> None:
        self.play("janitor", cut, self.counter.janitor)

    @rule(how=st.sampled_from(("retry", "fall back")))
    def rescue(self, how: str) -> None:
        work = self.desk.retry_failed if how == "retry" else self.desk.fall_back
        self.play(how, None, work)

    @rule(minutes=st.sampled_from((2, 90, 1_500)))
    def time_passes(self, minutes: int) -> None:
        self.play("time passes", None, lambda: self.desk.later(minutes))

    @rule(
        broken=st.sampled_from(BROKEN),
        lost=st.sampled_from((frozenset[str](), frozenset({"create"}), frozenset({"refund"}))),
        refunds=st.sampled_from((GatewayState.SUCCEEDED, GatewayState.FAILED)),
    )
    def weather(self, broken: frozenset[str], lost: frozenset[str], refunds: GatewayState) -> None:
        for gateway in self.counter.gateways.values():
            gateway.broken, gateway.lost, gateway.refund_state = set(broken), set(lost), refunds

    @rule(lot=LOTS)
    def replay(self, lot: int) -> None:
        """INV-9 and INV-10: whatever was answered once is only repeated by asking again."""
        if not self.desk.done:
            return
        again = self.desk.done[lot % len(self.desk.done)]
        before = self.do(self.desk.books())

        async def repeat() -> None:
            with contextlib.suppress(payments.GatewayUnreachable):
                await again()

        self.play("replay", None, repeat)
        assert self.do(self.desk.books()) == before, "INV-9"

    @invariant()
    def all_is_right(self) -> None:
        if self.desk.shoppers:
            self.do(self.desk.check())
            self.tally["steps"] += 1

    @override
    def teardown(self) -> None:
        try:
            if self.desk.shoppers:
                self.do(self._end())
        finally:
            self.do(self.outer.rollback())

    async def _end(self) -> None:
        """INV-13 and INV-18: after a restart all orders end, and everything has come back."""
        for gateway in self.counter.gateways.values():
            gateway.broken, gateway.lost = set(), set()
            gateway.refund_state = GatewayState.SUCCEEDED
        for channel, payment in self._known(GatewayState.SUCCEEDED):
            await self.counter.notify(payment, channel)
        await self.desk.later(1_500)
        for plan in await self.desk.plans(*UNPAID):
            await self.desk.close(plan, "expired")
        await self.desk.later(1_500)
        await self.desk.retry_failed()
        await self.desk.check()
        for plan in await self.desk.plans(PlanState.PAID, PlanState.PARTLY_REFUNDED):
            with contextlib.suppress(payments.RefundExceeds):
                await self.counter.refund_all(plan)
        for _ in range(2):
            await self.desk.later(1_500)
        await self.desk.check()
        ended = await self.desk.plans()
        for plan in ended:
            self.tally[f"ended {plan.state}"] += 1
        assert {plan.state for plan in ended} <= {PlanState.CLOSED, PlanState.REFUNDED}, "INV-18"
        async with unit_of_work(self.counter.sessions) as session:
            for plan in ended:
                for channel, gateway in self.counter.gateways.items():
                    found = await system_balances(session, plan.order_id, channel)
                    assert found.get("clearing", 0) == gateway.net_taken_minor, "INV-11"
                    assert not {"prepaid", "payable", "suspense"} & found.keys(), "INV-7, INV-8"
            for shopper in self.desk.shoppers:
                own = await funds(session, shopper.id, shopper.card_id)
                assert own.get("card0:available") == shopper.opening["card0:available"], "INV-13"
                assert not [name for name in own if name.endswith("held")], "INV-5"

    def _known(self, *states: GatewayState) -> list[tuple[str, GatewayPayment]]:
        return [
            (channel, known)
            for channel, gateway in self.counter.gateways.items()
            for known in gateway.books.values()
            if not states or known.state in states
        ]


def test_money_is_right_after_every_step_whatever_comes(fresh_url: str) -> None:
    loop = asyncio.new_event_loop()
    engine = build_engine(patient(fresh_url))

    class Machine(MoneyMachine):
        tally: ClassVar[Tally[str]] = Tally()

    Machine.loop = loop
    Machine.connection = loop.run_until_complete(engine.connect())
    try:
        run(Machine, settings=settings(examples(8), stateful_step_count=40))
    finally:
        loop.run_until_complete(Machine.connection.close())
        loop.run_until_complete(engine.dispose())
        loop.close()
    print(dict(sorted(Machine.tally.items())))  # noqa: T201  (shown by -s)
    for step in ("ended closed", "ended refunded", "replay", "push", "refund of units"):
        assert Machine.tally[step], step
