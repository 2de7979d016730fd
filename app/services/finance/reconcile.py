"""Taking in a gateway's statement: once, whole, and compared with our books."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.errors import DomainError
from app.core.ids import id_at, new_id
from app.core.spool import Spool
from app.repositories.finance.matching import MatchingRepository
from app.services import ledger, system
from app.services.finance.engine.settlement import Settled, settlement
from app.services.finance.engine.statements import BEIJING, Line, read

BATCH = 5_000
"""Lines copied and compared at a time."""
SKEW = timedelta(hours=1)
"""How far a clock that makes ids may be off."""
_HOURS = 24


class StatementDiffers(DomainError):
    """Another file of that day was taken in before."""

    slug, title, title_zh = (
        "statement-differs",
        "Another statement of that day is there",
        "该日已导入另一份对账单",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementOf:
    """Whose statement of which day; the day ends `ends_early` before midnight in Beijing.

    What is ours within `cutoff` of its end may be in the next statement.
    """

    channel: str
    day: date
    kind: str
    filename: str
    ends_early: timedelta = timedelta(0)
    cutoff: timedelta = timedelta(minutes=10)

    @property
    def until(self) -> datetime:
        midnight = datetime.combine(self.day + timedelta(days=1), time(), BEIJING)
        return midnight - self.ends_early


@dataclass(slots=True)
class Sums:
    """What lines of a file that matched add up to, by currency."""

    lines: int = 0
    matched: int = 0
    gross: dict[str, int] = field(default_factory=dict)
    fees: dict[str, int] = field(default_factory=dict)

    @property
    def settled(self) -> list[Settled]:
        return [Settled(each, self.gross[each], self.fees[each]) for each in sorted(self.gross)]


async def import_statement(
    sessions: Sessions, what: StatementOf, chunks: AsyncIterator[bytes], *, actor: Actor | None
) -> RowMapping:
    """Take a statement in and compare every line, in one transaction; a second time is a no-op.

    The file is read to its end first, so nothing waits for a network in the transaction. Lines go
    in some thousands at a time: memory stays flat. Raises `StatementUnreadable` and then nothing
    of it is there, and `StatementDiffers`.
    """
    spool = Spool()
    try:
        await spool.fill(chunks)
        async with unit_of_work(sessions) as session:
            matching = MatchingRepository(session)
            await matching.lock(what.channel)
            if known := await _known(matching, what, spool.sha256):
                return known
            file_id, sums = await take_in(session, matching, what, spool, actor)
            journal = settlement(what.channel, what.day, sums.settled)
            await ledger.post(session, [journal] if journal else [], actor=actor)
            changes = {"channel": what.channel, "day": what.day.isoformat(), "kind": what.kind}
            await system.record(
                session, actor, "finance.import_statement", "statement_file", file_id, changes
            )
            row = await matching.file(what.channel, what.day, what.kind)
            assert row is not None  # noqa: S101 -- it was written above
            return row
    finally:
        spool.close()


async def match_again(session: AsyncSession, channel: str) -> int:
    """Compare lines without a counterpart again, and settle those that have one now."""
    matching = MatchingRepository(session)
    await matching.lock(channel)
    found = await _settle_late(session, matching, channel)
    await matching.meet(channel, None)
    return found


async def _known(matching: MatchingRepository, what: StatementOf, sha256: str) -> RowMapping | None:
    known = await matching.file(what.channel, what.day, what.kind)
    if known is not None and known["sha256"] != sha256:
        raise StatementDiffers(
            "Another file of that day was taken in", file_id=str(known["id"]), sha256=sha256
        )
    if known is None and (other := await matching.same_content(what.channel, sha256)):
        raise StatementDiffers("It was taken in for another day", day=other["day"].isoformat())
    return known


async def take_in(
    session: AsyncSession,
    matching: MatchingRepository,
    what: StatementOf,
    spool: Spool,
    actor: Actor | None,
    *,
    replaces_id: UUID | None = None,
) -> tuple[UUID, Sums]:
    """Compare every line of a file under the channel's lock, and the day; settle nothing of it."""
    file_id = new_id()
    await matching.add_file(
        {
            "id": file_id,
            "channel": what.channel,
            "day": what.day,
            "kind": what.kind,
            "sha256": spool.sha256,
            "filename": what.filename[:200],
            "actor": actor.principal if actor else None,
            "replaces_id": replaces_id,
        }
    )
    await _settle_late(session, matching, what.channel)
    sums, lines = Sums(), read(spool.file, what.day)
    while rows := await asyncio.to_thread(_next, lines):
        for taken in await matching.take(file_id, what.channel, what.day, rows):
            sums.lines += taken.lines
            sums.matched += taken.matched
            currency = taken.currency
            sums.gross[currency] = sums.gross.get(currency, 0) + taken.gross_minor
            sums.fees[currency] = sums.fees.get(currency, 0) + taken.fee_minor
    await matching.finish(file_id, sums.lines)
    if what.kind == "trades":
        await _close_day(matching, what, sums)
    return file_id, sums


async def _close_day(matching: MatchingRepository, what: StatementOf, sums: Sums) -> None:
    """What is ours and in no statement, an hour at a time."""
    cut = what.until - what.cutoff
    for hour in reversed(range(_HOURS)):
        since = what.until - timedelta(hours=hour + 1)
        await matching.unstated(
            what.channel,
            what.day,
            since,
            since + timedelta(hours=1),
            cut=cut,
            first=id_at(since - SKEW),
        )
    await matching.meet(what.channel, what.day)
    await matching.open_day(what.channel, what.day, lines=sums.lines, matched=sums.matched)


async def _settle_late(session: AsyncSession, matching: MatchingRepository, channel: str) -> int:
    found = await matching.again(channel)
    journals = [
        settlement(
            channel,
            row["day"],
            [Settled(row["currency"], row["gross_minor"], row["fee_minor"])],
            line=row["line"],
            file_id=row["replaces_id"] and row["file_id"],
        )
        for row in found
    ]
    await ledger.post(session, [each for each in journals if each])
    return len(found)


def _next(lines: Iterator[Line]) -> list[tuple[object, ...]]:
    return [_row(each) for each in islice(lines, BATCH)]


def _row(line: Line) -> tuple[object, ...]:
    """`gross_minor`: what it moves of what the gateway owes us, with what it keeps."""
    return (
        line.number,
        line.kind.value,
        line.provider_id[:128],
        line.out_trade_no[:128],
        line.out_refund_no[:128],
        line.amount_minor,
        line.fee_minor,
        line.settled_minor + line.fee_minor,
        line.currency,
        line.at,
        line.state.value,
        line.raw.replace("\0", ""),
    )
