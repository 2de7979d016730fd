"""What the month knows of itself, and what happens next in it."""

import heapq
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.resources import Resources
from app.adapters.sandbox import SandboxGateway
from app.core.actor import Actor
from app.core.db import unit_of_work
from app.services import payments
from app.worker.dispatch import deliver_all
from app.worker.schedule import JOBS
from bench.month.gateways import MonthGateway
from bench.month.shop import Grocer
from bench.month.travel import Traveller
from tests.factories.payments import staff
from tests.factories.statements import BEIJING, Fact

OPENS, SHUTS = 8, 22
"""The hours of Beijing in which people shop and work."""

SWEPT = (
    *("payments.settle", "orders.expire", "payments.top_ups.expire_top_ups", "inventory.free"),
    *("payments.card_batches", "payments.points", "payments.breakage", "finance.costs"),
    *("finance.periods", "ledger.roll_up", "ledger.seal"),
)
"""Jobs of the worker that money waits for, in the order of a sweep."""

STRANGE = "nobody"
"""What numbers of money begin with that nobody here knows of."""

Work = Callable[[], Awaitable[None]]


class WrongBooks(Exception):
    """The month is not what an accountant would sign."""


@dataclass(frozen=True, slots=True)
class Shopper:
    id: UUID
    card_id: UUID


@dataclass(frozen=True, slots=True)
class Planted:
    """A difference in a statement: `minor` is what the gateway states more than we booked."""

    verdict: str
    number: str
    minor: int

    @property
    def is_ours_later(self) -> bool:
        """A payment of an order of ours that nobody told us: asking the gateway ends it."""
        return self.verdict == "missing_local" and not self.number.startswith(STRANGE)


@dataclass
class Month:
    """`starts` and `ends` are those of a calendar month in Beijing; the shop `opens` in it."""

    resources: Resources
    traveller: Traveller
    lots: Random
    starts: datetime
    opens: datetime
    ends: datetime
    orders: int
    gateways: dict[str, MonthGateway]
    sandbox: SandboxGateway
    grocer: Grocer
    shoppers: list[Shopper] = field(default_factory=list)
    clerk: Actor = field(default_factory=staff)
    manager: Actor = field(default_factory=staff)
    tally: Counter[str] = field(default_factory=Counter)
    planted: dict[tuple[str, date], list[Planted]] = field(default_factory=dict)
    told_later: set[str] = field(default_factory=set)
    never_told: set[str] = field(default_factory=set)
    booked_later: set[str] = field(default_factory=set)
    told: list[tuple[str, date, Fact]] = field(default_factory=list)
    resolved: Counter[tuple[str, str]] = field(default_factory=Counter)
    sweep: timedelta = timedelta(hours=3)
    kinds: dict[str, list[str]] = field(default_factory=dict)
    _agenda: list[tuple[datetime, int, Work]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    @property
    def name(self) -> str:
        return f"{self.starts:%Y-%m}"

    @property
    def days(self) -> list[date]:
        """Days of shopping, and the first of the next month: it settles what the last one left."""
        first = self.opens.date()
        return [first + timedelta(days=each) for each in range((self.ends - self.opens).days + 1)]

    @property
    def terms(self) -> payments.PaymentTerms:
        return payments.PaymentTerms.of(self.resources.settings)

    def session(self) -> AbstractAsyncContextManager[AsyncSession]:
        return unit_of_work(self.resources.sessions)

    def chance(self, of_hundred: float) -> bool:
        return self.lots.random() * 100 < of_hundred

    def plan(self, at: datetime, work: Work) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), work))

    def later(self, work: Work, *, hours: float = 0, days: float = 0) -> None:
        """Have it done in opening hours, if the month is not over by then."""
        at = self.now + timedelta(hours=hours, days=days)
        at = at.astimezone(BEIJING)
        if not OPENS <= at.hour < SHUTS:
            at = at.replace(hour=OPENS, minute=self.lots.randrange(60))
            at += timedelta(days=at < self.now)
        if at < self.ends:
            self.plan(at, work)

    def next_kind(self, channel: str, kinds: Sequence[str]) -> str:
        """The difference whose turn it is in the statements of a channel."""
        waiting = self.kinds.setdefault(channel, [])
        if len(waiting) < len(kinds):  # what was put off does not hold up the others
            waiting += self.lots.sample(kinds, len(kinds))
        return waiting.pop(0)

    def put_off(self, channel: str, kind: str) -> None:
        self.kinds[channel].append(kind)

    @property
    def now(self) -> datetime:
        return datetime.now(BEIJING) - self.traveller.behind

    async def live(self) -> None:
        while self._agenda:
            at, _, work = heapq.heappop(self._agenda)
            await self.traveller.go_to(at)
            await work()

    async def swept(self) -> None:
        """Messages are delivered, and the worker's jobs have their turn."""
        await self.sandbox.settle_tasks()
        jobs = {job.name: job for job in JOBS}
        for name in SWEPT:
            await jobs[name].run(self.resources)
        while await deliver_all(self.resources.sessions, self.resources.settings.worker):
            pass

    async def rows(self, sql: str, **values: Any) -> list[RowMapping]:
        async with self.session() as session:
            return list((await session.execute(text(sql), values)).mappings())


def the_month_before(at: datetime) -> tuple[datetime, datetime]:
    """The calendar month in Beijing that was over last."""
    ends = at.astimezone(BEIJING).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (ends - timedelta(days=1)).replace(day=1), ends
