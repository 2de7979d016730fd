"""A machine of orders: many of them, every call in any order, repeated and cut off anywhere.

It plays the real services and the worker on PostgreSQL. The invariants of orders, stock and money
are checked after each step; when all is over no promise is open, no money held, and every law of
the audit holds.

`ORDER_STORIES=200 ORDER_STEPS=60` plays so many, each of so many steps, other ones each time.
"""

import asyncio
import contextlib
import os
from collections import Counter as Tally
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run
from typing_extensions import override

from app.core.db import build_engine, unit_of_work
from app.core.enums.after_sales import ReturnKind
from app.core.enums.order_reviews import ReviewEffect
from app.core.enums.shipping import ShipmentState
from app.core.errors import DomainError
from app.services import payments
from app.services.payments.ports import GatewayState
from app.services.reports.audit import INVARIANTS
from tests.conftest import patient
from tests.property.examples import examples
from tests.property.order_desk import Person
from tests.property.order_docks import SEEN
from tests.property.order_goods import PLAIN, SERIALS, SPECIAL
from tests.property.order_laws import breaches, check_laws
from tests.property.order_machine import CUTS, LOTS, DuesAndGoods

STAGES = ("paid", "picking", "shipped", "delivered", "asked back", "approved")
"""How far the orders are with which a story begins."""
LATER = frozenset({"positions go on", "an hour of orders is what its orders say"})
"""Laws about jobs that are not run here."""
MONTHS = 24 * 90


class OrderMachine(DuesAndGoods):
    """Orders from the cart to the return, and what comes between."""

    @initialize(
        effect=st.sampled_from((None, ReviewEffect.HOLD, ReviewEffect.REJECT)),
        stages=st.tuples(*[st.sampled_from(STAGES)] * 3),
        special=st.sampled_from((PLAIN, SPECIAL, SPECIAL, SPECIAL - {SERIALS})),
        kind=st.sampled_from(ReturnKind),
        owes=st.booleans(),
    )
    def begin(
        self,
        effect: ReviewEffect | None,
        stages: tuple[str, ...],
        special: frozenset[str],
        kind: ReturnKind,
        owes: bool,
    ) -> None:
        self.do(self.desk.open(effect))
        self.do(self.clerks.tell_apart(special))
        for at, stage in enumerate(stages):
            person = self.desk.people[at % 2]
            goods = {self.desk.sku_ids[at]: 2, self.desk.sku(at + 3): 1}
            self.do(self._buy(person, goods))
            for reached in STAGES[1 : STAGES.index(stage) + 1]:
                self.do(self._reach(reached, kind))
        if owes:
            self.act("charge", None, self.clerks.charge(1))

    async def _reach(self, stage: str, kind: ReturnKind) -> None:
        """Take the order placed last one step further."""
        clerks, lot = self.clerks, 5 * len(await self.desk.order_ids()) - 5
        found = {
            "picking": clerks.pick(1),
            "shipped": clerks.pack(lot * 3, leaves=True),
            "delivered": clerks.track(0, ShipmentState.DELIVERED, by_carrier=True),
            "asked back": clerks.ask_back(lot, kind),
            "approved": clerks.with_return(0, "approve"),
        }
        for name, work in found.items():
            if name != stage:
                work.close()
        if (act := await found[stage]) is not None:
            with contextlib.suppress(DomainError):
                await act()

    @rule(
        who=st.integers(0, 1),
        goods=st.lists(
            st.tuples(st.integers(0, 4), st.integers(1, 4)),
            min_size=1,
            max_size=3,
            unique_by=lambda each: each[0],
        ),
        mix=st.sets(st.sampled_from(("card", "points", "balance"))),
        cap=st.none() | st.integers(1, 30_000),
        has_gateway=st.sampled_from((True, True, True, False)),
        cut=CUTS,
    )
    def place(
        self,
        who: int,
        goods: list[tuple[int, int]],
        mix: set[str],
        cap: int | None,
        has_gateway: bool,
        cut: int | None,
    ) -> None:
        person = self.desk.people[who]
        wanted = {self.desk.sku(at): pieces for at, pieces in goods}
        means = self.desk.means(person, mix | ({"gateway"} if has_gateway else set()), cap)
        self.play("place", cut, lambda: self.desk.place(person, wanted, means))

    @rule(who=st.integers(0, 1), at=st.integers(0, 4), pieces=st.integers(1, 3))
    def buy(self, who: int, at: int, pieces: int) -> None:
        """The way most orders go: placed, paid from the balance, and judged."""
        goods = {self.desk.sku(at): pieces}
        self.play("buy", None, lambda: self._buy(self.desk.people[who], goods))

    async def _buy(self, person: Person, goods: dict[Any, int]) -> None:
        await self.desk.place(person, goods, self.desk.means(person, {"balance", "gateway"}, None))
        await self.desk.start((await self.desk.order_ids())[-1])
        for each in self.desk.known(GatewayState.PENDING):
            self.desk.gateway.pay(each.out_trade_no)
        for each in self.desk.known(GatewayState.SUCCEEDED):
            await self.desk.notify(each)
        await self.desk.run("orders.review")

    @rule(lot=LOTS, cut=CUTS)
    def start(self, lot: int, cut: int | None) -> None:
        ids = self.do(self.desk.order_ids())
        if ids:
            self.play("start", cut, lambda: self.desk.start(ids[lot % len(ids)]))

    @rule(lot=LOTS, off=st.sampled_from((0, 0, 0, 0, 1)))
    def pay(self, lot: int, off: int) -> None:
        open_ = [x for x in self.desk.known(*GatewayState) if x.amount_minor]
        open_ = [x for x in open_ if x.state is not GatewayState.SUCCEEDED]
        if open_:
            known = open_[lot % len(open_)]
            amount = (known.amount_minor or 0) + off
            self.desk.gateway.pay(known.out_trade_no, amount_minor=amount)

    @rule(lot=LOTS, cut=CUTS)
    def notice(self, lot: int, cut: int | None) -> None:
        known = self.desk.known(GatewayState.SUCCEEDED)
        if known:
            self.play("notice", cut, lambda: self.desk.notify(known[lot % len(known)]))

    @rule(lot=LOTS, by_shop=st.booleans(), cut=CUTS)
    def cancel(self, lot: int, by_shop: bool, cut: int | None) -> None:
        order = self.do(self.clerks.order(lot))
        if order is not None:
            actor = self.clerks.clerk if by_shop else self.do(self.desk.owner_of(order["id"]))
            self.play("cancel", cut, lambda: self.desk.cancel(order["id"], actor))

    @rule(lot=LOTS, cut=CUTS)
    def refund(self, lot: int, cut: int | None) -> None:
        self.act("refund", cut, self.clerks.refund(lot))

    @rule(lot=LOTS, what=st.sampled_from(("address", "far", "note", "pieces", "pieces")), cut=CUTS)
    def change(self, lot: int, what: str, cut: int | None) -> None:
        self.act(f"change {what}", cut, self.clerks.change(lot, what))

    @rule(lot=LOTS, what=st.sampled_from(("approve", "approve", "reject", "correct", "release")))
    def review(self, lot: int, what: str) -> None:
        self.act(f"review {what}", None, self.clerks.judge(lot, what))

    @rule(lot=LOTS)
    def hold(self, lot: int) -> None:
        self.act("hold or lift", None, self.clerks.hold(lot))

    @rule(lot=LOTS, cut=CUTS)
    def split(self, lot: int, cut: int | None) -> None:
        self.act("split or move", cut, self.clerks.split(lot))

    @rule(lot=LOTS, cut=CUTS)
    def put_together(self, lot: int, cut: int | None) -> None:
        self.act("put together", cut, self.clerks.put_together(lot))

    @rule(lot=LOTS)
    def pick(self, lot: int) -> None:
        self.act("pick or stop", None, self.clerks.pick(lot))

    @rule(lot=LOTS, leaves=st.sampled_from((True, True, False)), cut=CUTS)
    def pack(self, lot: int, leaves: bool, cut: int | None) -> None:
        self.act("ship" if leaves else "pack", cut, self.clerks.pack(lot, leaves=leaves))

    @rule(lot=LOTS, cut=CUTS)
    def hand_over(self, lot: int, cut: int | None) -> None:
        self.act("hand over", cut, self.clerks.hand_over(lot))

    @rule(lot=LOTS)
    def unpack(self, lot: int) -> None:
        self.act("unpack", None, self.clerks.unpack(lot))

    @rule(lot=LOTS, said=st.sampled_from(SEEN), by_carrier=st.booleans(), cut=CUTS)
    def track(self, lot: int, said: Any, by_carrier: bool, cut: int | None) -> None:
        self.act("track", cut, self.clerks.track(lot, said, by_carrier=by_carrier))

    @rule(lot=LOTS, cut=CUTS)
    def take_in(self, lot: int, cut: int | None) -> None:
        self.act("take in", cut, self.clerks.take_in(lot))

    @rule(lot=LOTS)
    def confirm(self, lot: int) -> None:
        self.act("confirm", None, self.clerks.confirm(lot))

    @rule(lot=LOTS, kind=st.sampled_from(ReturnKind), cut=CUTS)
    def ask_back(self, lot: int, kind: ReturnKind, cut: int | None) -> None:
        self.act("ask back", cut, self.clerks.ask_back(lot, kind))

    @rule(
        lot=LOTS,
        what=st.sampled_from(
            (
                *("approve", "approve", "reject", "escalate", "cancel", "send", "receive"),
                *(
                    "inspect",
                    "inspect",
                    "mend",
                    "charge",
                    "refund",
                    "refund",
                    "replace",
                    "replace",
                    "call off",
                    "close",
                ),
            )
        ),
        cut=CUTS,
    )
    def with_return(self, lot: int, what: str, cut: int | None) -> None:
        self.act(f"return {what}", cut, self.clerks.with_return(lot, what))

    @rule(cut=CUTS)
    def work(self, cut: int | None) -> None:
        self.play("work", cut, self.desk.work)

    @rule(hours=st.sampled_from((1, 30, 24 * 12)))
    def time_passes(self, hours: int) -> None:
        self.play("time passes", None, lambda: self.desk.later(hours))

    @rule(
        broken=st.sampled_from((frozenset[str](), frozenset({"query", "close", "refund"}))),
        refunds=st.sampled_from((GatewayState.SUCCEEDED, GatewayState.FAILED)),
    )
    def weather(self, broken: frozenset[str], refunds: GatewayState) -> None:
        self.desk.gateway.broken, self.desk.gateway.refund_state = set(broken), refunds

    @rule(lot=LOTS)
    def replay(self, lot: int) -> None:
        """What was done once is done: asked again it is refused, or changes nothing."""
        if not self.desk.done:
            return
        again = self.desk.done[lot % len(self.desk.done)]

        async def repeat() -> None:
            before = await self.desk.books()
            with contextlib.suppress(payments.GatewayUnreachable, DomainError):
                await again()
            after = await self.desk.books()
            self.tally["replay did something"] += before != after

        self.play("replay", None, repeat)

    @invariant()
    def all_is_right(self) -> None:
        if self.desk.people:
            self.do(self._check())
            self.tally["steps"] += 1

    async def _check(self) -> None:
        async with unit_of_work(self.desk.plain) as session:
            await check_laws(session)
        assert not self.desk.gateway.inside, "a gateway was called inside a transaction"

    @override
    def teardown(self) -> None:
        try:
            if self.desk.people:
                self.do(self._end())
        finally:
            self.do(self.outer.rollback())

    async def _end(self) -> None:
        """After a restart everything unpaid falls, what left arrives, and all laws hold."""
        gateway, desk = self.desk.gateway, self.desk
        gateway.broken, gateway.lost, gateway.refund_state = set(), set(), GatewayState.SUCCEEDED
        for each in desk.known(GatewayState.SUCCEEDED):
            await desk.notify(each)
        for _ in range(3):
            await desk.later(MONTHS)
            await desk.work()
        async with unit_of_work(desk.plain) as session:
            found = await breaches(session, INVARIANTS)
        assert set(found) <= LATER, found
        for row in await desk.rows("SELECT state, payment_status, fulfilment_status FROM orders"):
            self.tally[f"ended {row['state']} {row['payment_status']}"] += 1
            assert row["payment_status"] != "awaiting", "everything unpaid has fallen"
        parked = await desk.rows("SELECT name, last_error FROM outbox WHERE state = 'parked'")
        assert not parked, parked


def _how_much() -> settings:
    """A few stories that are always the same, or as many as somebody asks for."""
    steps = int(os.environ.get("ORDER_STEPS", "35"))
    asked = os.environ.get("ORDER_STORIES")
    if asked is None:
        return settings(examples(4), stateful_step_count=steps)
    return settings(
        max_examples=int(asked), stateful_step_count=steps, derandomize=False, database=None
    )


def test_orders_are_right_after_every_step_whatever_comes(fresh_url: str) -> None:
    loop = asyncio.new_event_loop()
    engine = build_engine(patient(fresh_url))

    class Machine(OrderMachine):
        tally: ClassVar[Tally[str]] = Tally()

    Machine.loop = loop
    Machine.connection = loop.run_until_complete(engine.connect())
    try:
        run(Machine, settings=_how_much())
    finally:
        loop.run_until_complete(Machine.connection.close())
        loop.run_until_complete(engine.dispose())
        loop.close()
        print(dict(sorted(Machine.tally.items())))  # noqa: T201  (shown by -s)
    # Which rules are drawn is chance; every story begins with three orders on their way.
    assert Machine.tally["steps"] > 3
