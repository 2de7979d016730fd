"""A day of payments, statements of it in the gateways' formats, and what comparing them brings."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core import clock
from app.core.actor import Actor
from app.core.db import unit_of_work
from app.core.ids import new_id
from app.repositories.reports.reconciliation_invariants import RECONCILIATION
from app.services import finance
from app.services.finance import StatementOf
from app.services.payments import PlanView
from tests.factories.members import make_member
from tests.factories.payments import GATEWAY, Counter, staff
from tests.factories.statements import BEIJING, Fact


@dataclass
class Desk:
    """Statements are of a day that is over in 45 minutes, whatever the time is now."""

    counter: Counter
    channel: str = "alipay"
    plans: dict[str, PlanView] = field(default_factory=dict)
    until: datetime = field(
        default_factory=lambda: clock.now().replace(microsecond=0) + timedelta(minutes=45)
    )

    @property
    def day(self) -> date:
        return self.until.astimezone(BEIJING).date()

    def of(self, later: int = 0, kind: str = "trades") -> StatementOf:
        """The statement of the day, or of one `later`."""
        midnight = datetime.combine(self.day + timedelta(days=1), time(), BEIJING)
        return StatementOf(
            channel=self.channel,
            day=self.day + timedelta(days=later),
            kind=kind,
            filename="statement",
            ends_early=midnight - self.until,
        )

    async def pay(self, minor: int, *, at: datetime | None = None, fee: int = 0) -> Fact:
        """Have an order paid; `at` is when we are told, now if nothing else is said."""
        member_id = new_id()
        async with unit_of_work(self.counter.sessions) as session:
            await make_member(session, id=member_id)
        plan = await self.counter.start(await self.counter.open(member_id, minor, GATEWAY))
        paid = self.counter.pay(plan)
        assert await self.counter.notify(paid) == "paid"
        assert paid.transaction_id is not None
        self.plans[paid.out_trade_no] = plan
        at = at or clock.now().replace(microsecond=0)
        await self.run(
            "UPDATE payment_receipts SET created_at = :at WHERE transaction_id = :id",
            at=at,
            id=paid.transaction_id,
        )
        return Fact(paid.transaction_id, paid.out_trade_no, minor, at, fee=fee)

    async def refund(self, paid: Fact) -> Fact:
        """Give an order's money back."""
        await self.counter.refund_all(self.plans[paid.number])
        await self.counter.push()
        rows = await self.rows(
            "SELECT p.out_refund_no, p.gateway_refund_id FROM refund_tenders p"
            " WHERE p.out_trade_no = :number",
            number=paid.number,
        )
        number, refund_id = rows[0]
        at = clock.now().replace(microsecond=0)
        return Fact(
            paid.transaction_id,
            paid.number,
            paid.minor,
            at,
            refund_no=number,
            refund_id=refund_id or "x",
        )

    async def take(self, content: bytes, *, later: int = 0, kind: str = "trades") -> Any:
        return await finance.import_statement(
            self.counter.sessions, self.of(later, kind), chunks(content), actor=None
        )

    async def ask(self, content: bytes, actor: Actor, *, later: int = 0) -> Any:
        """Have somebody ask that a file take the place of the day's."""
        what = self.of(later)
        async with unit_of_work(self.counter.sessions) as session:
            return await finance.ask_replacement(
                session,
                what.channel,
                what.day,
                what.kind,
                sha256=sha256(content).hexdigest(),
                reason="they sent another",
                actor=actor,
            )

    async def replace(self, content: bytes, *, later: int = 0) -> Any:
        """Have one person ask for another file, and a second one hand it in."""
        await self.ask(content, staff(), later=later)
        return await self.hand_in(content, staff(), later=later)

    async def hand_in(self, content: bytes, actor: Actor, *, later: int = 0) -> Any:
        return await finance.replace_statement(
            self.counter.sessions, self.of(later), chunks(content), actor=actor
        )

    async def correct(self, number: str) -> UUID:
        """Have two people correct the open case of a number."""
        case_id, version = await self.case(number)
        async with unit_of_work(self.counter.sessions) as session:
            found = await finance.propose_correction(
                session, case_id, version=version, reason="looked into", actor=staff()
            )
            await finance.approve_correction(
                session, case_id, version=found["version"], actor=staff()
            )
        return case_id

    async def check(self) -> None:
        """What the auditor checks holds, and the clearing account is explained."""
        for invariant in RECONCILIATION:
            assert await self.rows(invariant.sql) == [], invariant.name
        assert (await self.proof())["unexplained_minor"] == 0

    async def verdicts(self) -> dict[str, list[str]]:
        """Verdicts by number, of lines in their order and of what no line is about."""
        lines = await self.rows(
            "SELECT coalesce(out_refund_no, out_trade_no), verdict FROM statement_lines"
            " WHERE channel = :channel ORDER BY file_id, line",
            channel=self.channel,
        )
        cases = await self.rows(
            "SELECT number, verdict FROM reconciliation_cases"
            " WHERE channel = :channel AND file_id IS NULL AND state <> 'resolved'",
            channel=self.channel,
        )
        found: dict[str, list[str]] = {}
        for number, verdict in [*lines, *cases]:
            found.setdefault(number, []).append(verdict)
        return found

    async def cases(self, *states: str) -> list[Any]:
        return await self.rows(
            "SELECT id, number, verdict, state, ours_minor, theirs_minor, version, day"
            " FROM reconciliation_cases WHERE channel = :channel AND state = ANY(:states)"
            " ORDER BY number",
            channel=self.channel,
            states=list(states or ("open", "proposed", "carried")),
        )

    async def balance(self, code: str) -> int:
        rows = await self.rows(
            "SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entries e"
            " JOIN ledger_accounts a ON a.id = e.account_id WHERE a.code = :code",
            code=code,
        )
        return int(rows[0][0])

    async def proof(self) -> dict[str, Any]:
        async with unit_of_work(self.counter.sessions) as session:
            day = await finance.read_day(session, self.channel, self.day)
        return dict(day["proof"][0])

    async def rows(self, sql: str, **values: Any) -> Sequence[Any]:
        async with unit_of_work(self.counter.sessions) as session:
            return (await session.execute(text(sql), values)).all()

    async def run(self, sql: str, **values: Any) -> None:
        async with unit_of_work(self.counter.sessions) as session:
            await session.execute(text(sql), values)

    async def case(self, number: str) -> tuple[UUID, int]:
        """Id and version of the open case of a number."""
        (found,) = [each for each in await self.cases() if each.number == number]
        return found.id, found.version


async def chunks(content: bytes, size: int = 1_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]
