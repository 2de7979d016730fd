"""Random stories of one order's payment, with crashes anywhere; every one ends well."""

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.payments import PlanState, TenderKind
from app.core.errors import DomainError
from app.core.ids import new_id
from app.services.payments import PlanView, TenderRequest
from app.services.payments.ports import GatewayPayment, GatewayState
from tests.factories.members import make_member
from tests.factories.payment_invariants import check_always, check_end
from tests.factories.payments import (
    BALANCE_TENDER,
    GATEWAY,
    Counter,
    funds,
    give_balance,
    give_points,
    make_gift_card,
)
from tests.fakes.crashes import Crash, CrashingSessions, Fuse
from tests.fakes.transactions import watched

STEPS = [
    "start",
    "pay",
    "pay_wrong",
    "notify",
    "notify_failure",
    "begin_close",
    "finish_close",
    "refund",
    "push",
    "janitor",
    "change_channel",
    "break",
    "mend",
]
SCRIPTS = st.lists(
    st.tuples(st.sampled_from(STEPS), st.one_of(st.none(), st.integers(0, 8))), max_size=14
)

Script: TypeAlias = list[tuple[str, int | None]]


@dataclass(frozen=True)
class Told:
    plan: PlanView
    crashes: int


class Story:
    """One plan of 100.00: a gift card, points, balance and a gateway that is due the rest."""

    def __init__(self, counter: Counter, fuse: Fuse) -> None:
        self.counter, self.fuse = counter, fuse
        self.plan: PlanView | None = None

    async def open(self) -> None:
        member_id = new_id()
        async with unit_of_work(self.counter.sessions) as session:
            await make_member(session, id=member_id)
            card = await make_gift_card(session, 2_000, member_id=member_id)
            await give_points(session, member_id, 700)
            await give_points(session, member_id, 800)
            await give_balance(session, member_id, 1_500)
            self.card_id = card.id
            self.opening = await funds(session, member_id, card.id)
        requests = (
            TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=self.card_id),
            TenderRequest(kind=TenderKind.POINTS, max_points=1_000),
            BALANCE_TENDER,
            GATEWAY,
        )
        self.plan = await self.counter.open(member_id, 10_000, *requests)

    async def play(self, step: str, crash_after: int | None) -> None:
        self.fuse.left = crash_after
        with contextlib.suppress(DomainError, Crash):
            await getattr(self, step)()
        self.fuse.left = None

    async def check(self) -> None:
        async with unit_of_work(self.counter.sessions) as session:
            await check_always(session)

    async def finish(self) -> PlanView:
        """After a restart the janitor has its way, and the gateway repeats what it was not told."""
        counter, plan = self.counter, self._plan
        await self.mend()
        await self.notify()
        for _ in range(2):
            await counter.janitor()
        if (await counter.read(plan)).state is PlanState.AWAITING:
            await counter.begin_close(plan)
            await counter.finish_close(plan)
        for _ in range(2):
            await counter.janitor()
        async with unit_of_work(counter.sessions) as session:
            await check_always(session)
            after = await counter.read(plan)
            await check_end(session, after, self.opening, counter.gateways, self.card_id)
        return after

    @property
    def _plan(self) -> PlanView:
        assert self.plan is not None
        return self.plan

    async def start(self) -> None:
        await self.counter.start(await self.counter.read(self._plan))

    async def pay(self) -> None:
        for gateway in self.counter.gateways.values():
            for number, known in gateway.books.items():
                if known.state is not GatewayState.SUCCEEDED:
                    gateway.pay(number)
                    return

    async def pay_wrong(self) -> None:
        books = self.counter.gateway.books
        for number in [n for n, known in books.items() if known.state is GatewayState.PENDING]:
            self.counter.gateway.pay(number, amount_minor=1)

    async def notify(self) -> None:
        for channel, gateway in self.counter.gateways.items():
            for known in list(gateway.books.values()):
                if known.state is GatewayState.SUCCEEDED:
                    await self.counter.notify(known, channel)

    async def notify_failure(self) -> None:
        for number in list(self.counter.gateway.books):
            failed = GatewayPayment(out_trade_no=number, state=GatewayState.FAILED)
            await self.counter.notify(failed)

    async def begin_close(self) -> None:
        await self.counter.begin_close(self._plan)

    async def finish_close(self) -> None:
        await self.counter.finish_close(self._plan)

    async def refund(self) -> None:
        await self.counter.refund_all(self._plan, "R-1")

    async def push(self) -> None:
        await self.counter.push()

    async def janitor(self) -> None:
        await self.counter.janitor()

    async def change_channel(self) -> None:
        await self.counter.retry(self._plan, "wechat")

    async def break_(self) -> None:
        self.counter.gateway.broken = {"query", "close", "refund"}
        self.counter.gateway.lost = {"create"}

    async def mend(self) -> None:
        self.counter.gateway.broken = set()
        self.counter.gateway.lost = set()


async def told(engine: AsyncEngine, script: Script, *, checks: bool = False) -> Told:
    async with engine.connect() as connection:
        outer = await connection.begin()
        fuse = Fuse()
        sessions = watched(connection, join_transaction_mode="create_savepoint")
        counter = Counter(CrashingSessions(sessions, fuse))  # type: ignore[arg-type]
        counter.gateway.step = counter.second.step = fuse.step
        story = Story(counter, fuse)
        await story.open()
        for step, crash_after in script:
            await story.play("break_" if step == "break" else step, crash_after)
            if checks:
                await story.check()
        after = await story.finish()
        assert not counter.gateway.inside + counter.second.inside, "INV-17"
        await outer.rollback()
    return Told(after, fuse.crashes)


@settings(max_examples=25)
@given(script=SCRIPTS)
async def test_inv_18_every_story_ends_paid_closed_or_refunded(
    engine: AsyncEngine, script: Script
) -> None:
    await told(engine, script, checks=True)


PAID = ["start", "pay", "notify"]
SAGAS = {
    "paid": [*PAID],
    "paid by query": ["start", "pay", "janitor"],
    "closed": ["start", "begin_close", "finish_close"],
    "late": ["start", "begin_close", "finish_close", "pay", "notify", "push"],
    "beaten": ["start", "begin_close", "pay", "finish_close"],
    "refunded": [*PAID, "refund", "push"],
    "changed": ["start", "change_channel", "pay", "notify"],
    "mismatch": ["start", "pay_wrong", "notify", "push"],
    "two paid": ["start", "change_channel", "pay", "pay", "notify", "push"],
    "unknown": ["start", "break", "begin_close", "finish_close", "mend", "pay", "notify"],
}
OUTSIDE = {"pay", "pay_wrong", "break", "mend"}
ENDS = {PlanState.PAID, PlanState.CLOSED, PlanState.REFUNDED}


@pytest.mark.parametrize("saga", SAGAS)
async def test_inv_18_a_crash_between_any_two_steps(engine: AsyncEngine, saga: str) -> None:
    """Every step of every saga is cut off at every point once: two of each transaction and call.

    What a saga has in common with one before it has been cut off there.
    """
    steps = SAGAS[saga]
    earlier = list(SAGAS.values())[: list(SAGAS).index(saga)]
    seen = [tuple(each[: end + 1]) for each in earlier for end in range(len(each))]
    for position in range(len(steps)):
        if tuple(steps[: position + 1]) in seen:
            continue
        crash_after, has_crashed = 0, True
        while has_crashed:
            script: Script = [
                (step, crash_after if i == position else None) for i, step in enumerate(steps)
            ]
            story = await told(engine, script)
            assert story.plan.state in ENDS
            has_crashed = story.crashes > 0
            crash_after += 1
        assert crash_after > 2 or steps[position] in OUTSIDE


@pytest.mark.parametrize("minutes", [-20, 20])
async def test_a_clock_that_is_off_moves_no_money(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    """A process whose clock differs from the database's ends every saga as one whose does not."""
    right = clock.now

    async def ends() -> dict[str, PlanState]:
        return {
            name: (await told(engine, [(step, None) for step in steps])).plan.state
            for name, steps in SAGAS.items()
        }

    expected = await ends()
    monkeypatch.setattr(clock, "now", lambda: right() + timedelta(minutes=minutes))
    assert await ends() == expected
    assert set(expected.values()) == ENDS
