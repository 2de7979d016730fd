"""What every machine of orders is made of, and the rules about money asked for later and goods."""

import asyncio
from collections import Counter as Tally
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncTransaction

from app.core.enums.inventory import BatchState
from app.core.errors import DomainError
from app.services import payments
from tests.fakes.crashes import Crash, CrashingSessions, Fuse
from tests.fakes.transactions import watched
from tests.property.order_clerks import Clerks
from tests.property.order_desk import OrderDesk
from tests.property.order_hands import Act

LOTS = st.integers(0, 9_999)
CUTS = st.sampled_from((*[None] * 9, *range(6)))
"""After how many steps the process dies, if it does."""


class Played(RuleBasedStateMachine):
    """`loop` and `connection` come from the test; every example is rolled back."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    connection: ClassVar[AsyncConnection]
    tally: ClassVar[Tally[str]]

    def __init__(self) -> None:
        super().__init__()
        self.outer: AsyncTransaction = self.do(self.connection.begin())
        self.fuse = Fuse()
        plain = watched(self.connection, join_transaction_mode="create_savepoint")
        self.desk = OrderDesk(CrashingSessions(plain, self.fuse, inside=True), plain)
        self.clerks = Clerks(self.desk)

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
            except DomainError as refused:
                self.tally[f"{step} refused"] += 1
                self.tally[f"  {step}: {refused.slug}"] += 1
            except (Crash, payments.GatewayUnreachable):
                self.tally[f"{step} cut off"] += 1
            else:
                self.tally[step] += 1
            self.fuse.left = None

        self.do(attempt())

    def act(self, step: str, cut: int | None, found: Awaitable[Act | None]) -> None:
        work = self.do(found)
        if work is not None:
            self.play(step, cut, work)


class DuesAndGoods(Played):
    """What orders are asked for besides, and goods that are not like others."""

    @rule(lot=LOTS, cut=CUTS)
    def charge(self, lot: int, cut: int | None) -> None:
        self.act("charge", cut, self.clerks.charge(lot))

    @rule(lot=LOTS, what=st.sampled_from(("goods", "freight", "price")), cut=CUTS)
    def propose(self, lot: int, what: str, cut: int | None) -> None:
        self.act(f"propose {what}", cut, self.clerks.propose(lot, what))

    @rule(lot=LOTS, mix=st.sets(st.sampled_from(("card", "points", "balance"))), cut=CUTS)
    def pay_charge(self, lot: int, mix: set[str], cut: int | None) -> None:
        self.act("pay charge", cut, self.clerks.pay_charge(lot, mix))

    @rule(lot=LOTS, cut=CUTS)
    def close_charge(self, lot: int, cut: int | None) -> None:
        self.act("close charge", cut, self.clerks.close_charge(lot))

    @rule(lot=LOTS, cut=CUTS)
    def refund_charge(self, lot: int, cut: int | None) -> None:
        self.act("refund charge", cut, self.clerks.refund_charge(lot))

    @rule(lot=LOTS)
    def restock(self, lot: int) -> None:
        self.act("restock", None, self.clerks.restock(lot))

    @rule(lot=LOTS)
    def scan_in(self, lot: int) -> None:
        self.act("scan in", None, self.clerks.scan_in(lot))

    @rule(lot=LOTS, state=st.sampled_from(BatchState))
    def judge_batch(self, lot: int, state: BatchState) -> None:
        self.act(f"batch {state}", None, self.clerks.judge_batch(lot, state))
