"""Another file of a day: one person asks for it, another hands it in."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.reconciliation import CaseResolution, ReconciledDayState
from app.core.errors import DomainError, NotFound
from app.core.ids import new_id
from app.core.spool import Spool
from app.repositories.finance.matching import MatchingRepository
from app.repositories.finance.reconciliation import CaseRepository
from app.repositories.finance.replacing import ReplacingRepository
from app.services import ledger, system
from app.services.finance.cases import DaySigned
from app.services.finance.engine.replacing import Fate, LineFacts, Told, Worked, fates
from app.services.finance.engine.settlement import Settled, reversal, settlement
from app.services.finance.reconcile import StatementDiffers, StatementOf, take_in


class ReplacementNotAsked(DomainError):
    """Nobody asked for this very file to take the place of the one that is there."""

    slug, title, title_zh = (
        "replacement-not-asked",
        "Nobody asked for this file",
        "未申请以该文件替换",
    )


class StatementIsThere(DomainError):
    """The file that was taken in is the one that should take its place."""

    slug, title, title_zh = "statement-is-there", "The file is there", "该对账单已是当前文件"


async def ask_replacement(
    session: AsyncSession,
    channel: str,
    day: date,
    kind: str,
    *,
    sha256: str,
    reason: str,
    actor: Actor,
) -> Mapping[str, Any]:
    """Ask that the file with this digest take the place of the one that was taken in.

    Asking again changes nothing. Raises `NotFound`, `StatementIsThere` and `DaySigned`.
    """
    known = await MatchingRepository(session).file(channel, day, kind)
    if known is None:
        raise NotFound("No such statement was taken in")
    if known["sha256"] == sha256:
        raise StatementIsThere("It is the file that was taken in", file_id=str(known["id"]))
    await _check_open(session, channel, day)
    values = {"replaces_id": known["id"], "sha256": sha256, "reason": reason}
    row = await ReplacingRepository(session).ask(
        values | {"id": new_id(), "asked_by": actor.principal}
    )
    await system.record(
        session, actor, "finance.ask_replacement", "statement_file", known["id"], values
    )
    return dict(row) | {"kind": kind}


async def list_replacements(
    session: AsyncSession, channel: str, day: date
) -> Sequence[Mapping[str, Any]]:
    """What was asked for about the files of a day, oldest first."""
    return [dict(row) for row in await ReplacingRepository(session).of_day(channel, day)]


async def replace_statement(
    sessions: Sessions, what: StatementOf, chunks: AsyncIterator[bytes], *, actor: Actor
) -> RowMapping:
    """Take a file in, in the place of the one that is there; a second time is a no-op.

    The other's lines are kept where they count no more. What it settled and this one does not, and
    the other way round, is one journal. Cases nobody worked on are withdrawn; others go on with
    the line of the same number, and their corrections are taken back where that line is another.
    Raises `NotFound`, `ReplacementNotAsked`, `SecondPersonNeeded` for who asked, `DaySigned`,
    `StatementDiffers` and `StatementUnreadable`; then nothing has changed.
    """
    spool = Spool()
    try:
        await spool.fill(chunks)
        async with unit_of_work(sessions) as session:
            matching = MatchingRepository(session)
            await matching.lock(what.channel)
            known = await matching.file(what.channel, what.day, what.kind)
            if known is None:
                raise NotFound("No such statement was taken in")
            if known["sha256"] == spool.sha256:
                return known
            await _replace(session, matching, known, what, spool, actor)
            row = await matching.file(what.channel, what.day, what.kind)
            assert row is not None  # noqa: S101 -- it was written above
            return row
    finally:
        spool.close()


async def _replace(
    session: AsyncSession,
    matching: MatchingRepository,
    known: RowMapping,
    what: StatementOf,
    spool: Spool,
    actor: Actor,
) -> None:
    replacing, old = ReplacingRepository(session), known["id"]
    asked = await replacing.asked(old, spool.sha256)
    if asked is None:
        raise ReplacementNotAsked(
            "Ask for it with its digest", file_id=str(old), sha256=spool.sha256
        )
    actor.require_other_than(asked["asked_by"])
    if other := await matching.same_content(what.channel, spool.sha256):
        raise StatementDiffers("It was taken in for another day", day=other["day"].isoformat())
    await _check_open(session, what.channel, what.day)
    await replacing.lock_cases(old)
    before = await replacing.settled(old)
    await replacing.put_away(old)
    taken, sums = await take_in(session, matching, what, spool, actor, replaces_id=old)
    journals = await _go_on(replacing, what.channel, old, taken)
    after = await replacing.settled(taken)
    moved = _moved(before, after)
    journals.append(settlement(what.channel, what.day, moved, file_id=taken))
    if what.kind == "trades":
        matched = await replacing.matched(taken)
        await matching.open_day(what.channel, what.day, lines=sums.lines, matched=matched)
    await replacing.finish(asked["id"], taken, actor.principal)
    changes = {"replaces_id": str(old), "reason": asked["reason"], "asked_by": asked["asked_by"]}
    await system.record(
        session, actor, "finance.replace_statement", "statement_file", taken, changes
    )
    await ledger.post(session, [each for each in journals if each], actor=actor)


async def _go_on(
    replacing: ReplacingRepository, channel: str, old: UUID, taken: UUID
) -> list[ledger.Journal | None]:
    """Decide about every case people worked on; journals that take corrections back."""
    worked = await replacing.worked(old)
    differences = {row["case_id"]: row["difference_minor"] for row in worked}
    told = [
        Told(row["line"], row["case_id"], _facts(row)) for row in await replacing.told(old, taken)
    ]
    found = fates(
        (Worked(r["case_id"], r["resolution"], r["is_settled"], _facts(r)) for r in worked), told
    )
    for fate in found:
        if fate.told is not None:
            await _follow(replacing, fate, fate.told, taken)
    over = [each.worked for each in found if each.is_gone or each.is_reversed]
    await replacing.end([each.case_id for each in over], CaseResolution.SUPERSEDED)
    return [
        reversal(each.case_id, channel, each.facts.currency, differences[each.case_id])
        for each in over
        if each.resolution == CaseResolution.CORRECTED
    ]


async def _follow(replacing: ReplacingRepository, fate: Fate, told: Told, taken: UUID) -> None:
    case = fate.worked
    if told.case_id is not None and not fate.is_same:
        await replacing.compare_anew(case.case_id, told.case_id)
    await replacing.go_on(case.case_id, taken, told.line, told.case_id)
    if fate.is_same and case.is_settled:
        await replacing.settle(taken, told.line)
    if fate.is_agreed:
        await replacing.end([case.case_id], CaseResolution.MATCHED)


async def _check_open(session: AsyncSession, channel: str, day: date) -> None:
    row = await CaseRepository(session).day(channel, day, locked=True)
    if row is not None and row["state"] == ReconciledDayState.SIGNED:
        raise DaySigned("Reopen the day first", state=row["state"])


def _moved(
    before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]]
) -> list[Settled]:
    """What the new file settles beyond the old one."""
    nothing = (0, 0)
    return [
        Settled(
            currency,
            after.get(currency, nothing)[0] - before.get(currency, nothing)[0],
            after.get(currency, nothing)[1] - before.get(currency, nothing)[1],
        )
        for currency in sorted(before.keys() | after.keys())
    ]


def _facts(row: RowMapping) -> LineFacts:
    return LineFacts(*(row[name] for name in LineFacts._fields))
