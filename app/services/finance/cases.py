"""Differences between statements and books, and what people do about them. Nothing mends itself."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.reconciliation import (
    CaseResolution,
    CaseState,
    ReconciledDayState,
    StatedState,
)
from app.core.errors import DomainError, NotFound, StaleVersion
from app.core.ids import new_id
from app.repositories.finance.matching import MatchingRepository
from app.repositories.finance.reconciliation import CaseFilter, CaseRepository
from app.services import ledger, system
from app.services.finance.engine.settlement import Settled, correction, settlement


class CaseSettled(DomainError):
    """It is not in a state in which that can be done."""

    slug, title, title_zh = "case-settled", "The case does not stand so", "差异状态不允许该操作"


class CaseMovesMoney(DomainError):
    """Our amount and theirs differ, so it cannot be dismissed: a correction needs two people."""

    slug, title, title_zh = "case-moves-money", "A correction is needed", "存在金额差异，需更正"


class RefundUnderWay(DomainError):
    """Our refund may still arrive, or has since the case was opened: it would be booked twice."""

    slug, title, title_zh = (
        "refund-under-way",
        "The refund is under way: ask the gateway",
        "退款处理中，请先向渠道查询",
    )


class DayNotExplained(DomainError):
    """Cases are open, or the clearing account holds what nothing explains."""

    slug, title, title_zh = "day-not-explained", "The day is not explained", "当日差异未处理完"


class DaySigned(DomainError):
    slug, title, title_zh = "day-signed", "The day does not stand so", "当日签核状态不允许该操作"


async def list_cases(
    session: AsyncSession, wanted: CaseFilter, *, after: UUID | None, limit: int
) -> list[Row[Any]]:
    """Cases, the last first, one more than `limit`."""
    return await CaseRepository(session).page(wanted, after=after, limit=limit + 1)


async def read_case(session: AsyncSession, case_id: UUID) -> Mapping[str, Any]:
    """A case with its line as it came and its notes. Raises `NotFound`."""
    cases = CaseRepository(session)
    row = await cases.find(case_id)
    if row is None:
        raise NotFound("No such case")
    return dict(row) | {"notes": await cases.notes(case_id)}


async def assign_case(
    session: AsyncSession, case_id: UUID, *, version: int, owner: str | None, actor: Actor
) -> Mapping[str, Any]:
    """Say who looks after it. Raises `NotFound` and `StaleVersion`."""
    cases = CaseRepository(session)
    await _expected(cases, case_id, version)
    await cases.own(case_id, owner)
    await _record(session, actor, "assign_case", case_id, owner=owner)
    return await read_case(session, case_id)


async def note_case(
    session: AsyncSession, case_id: UUID, note: str, *, actor: Actor
) -> Mapping[str, Any]:
    """Write down what was found out. Raises `NotFound`."""
    await read_case(session, case_id)
    await CaseRepository(session).note(new_id(), case_id, actor.principal, note)
    return await read_case(session, case_id)


async def propose_correction(
    session: AsyncSession, case_id: UUID, *, version: int, reason: str, actor: Actor
) -> Mapping[str, Any]:
    """Ask a second person to book the difference.

    Raises `NotFound`, `StaleVersion` and `CaseSettled`.
    """
    cases = CaseRepository(session)
    await _expected(cases, case_id, version, CaseState.OPEN)
    await cases.propose(case_id, actor.principal, reason)
    await _record(session, actor, "propose_correction", case_id, reason=reason)
    return await read_case(session, case_id)


async def approve_correction(
    session: AsyncSession, case_id: UUID, *, version: int, actor: Actor
) -> Mapping[str, Any]:
    """Book the difference: it goes to suspense, and what the gateway states is settled.

    Raises `NotFound`, `StaleVersion`, `CaseSettled`, `SecondPersonNeeded` for who proposed it, and
    `RefundUnderWay` while our part of a refund is neither at its end nor what the case says.
    """
    cases = CaseRepository(session)
    known = await read_case(session, case_id)
    # a statement that is taken in meanwhile may settle the very line
    await MatchingRepository(session).lock(known["channel"])
    row = await _expected(cases, case_id, version, CaseState.PROPOSED)
    actor.require_other_than(row["proposed_by"])
    if not await cases.is_at_its_end(case_id):
        raise RefundUnderWay("Ask the gateway, retry it, or pay another way", number=row["number"])
    journals = [
        correction(case_id, row["channel"], row["currency"], row["difference_minor"], row["reason"])
    ]
    if row["line"] is not None and row["theirs_minor"] and row["stated"] != StatedState.FAILED:
        paid_out = Settled(row["currency"], row["gross_minor"], row["fee_minor"])
        file_id = row["replaces_id"] and row["file_id"]
        journals.append(
            settlement(
                row["channel"], row["file_day"], [paid_out], line=row["line"], file_id=file_id
            )
        )
        await cases.settle(case_id)
    await cases.resolve(case_id, CaseResolution.CORRECTED, actor.principal, row["reason"])
    await _record(
        session, actor, "approve_correction", case_id, difference_minor=row["difference_minor"]
    )
    await ledger.post(session, [each for each in journals if each], actor=actor)
    return await read_case(session, case_id)


async def reject_correction(
    session: AsyncSession, case_id: UUID, *, version: int, actor: Actor
) -> Mapping[str, Any]:
    """Leave it open. Raises `NotFound`, `StaleVersion` and `CaseSettled`."""
    cases = CaseRepository(session)
    await _expected(cases, case_id, version, CaseState.PROPOSED)
    await cases.give_up(case_id)
    await _record(session, actor, "reject_correction", case_id)
    return await read_case(session, case_id)


async def dismiss_case(
    session: AsyncSession, case_id: UUID, *, version: int, reason: str, actor: Actor
) -> Mapping[str, Any]:
    """Close a case in which no money differs: a line that came twice, a refund that failed there.

    Raises `NotFound`, `StaleVersion`, `CaseSettled` and `CaseMovesMoney`.
    """
    cases = CaseRepository(session)
    row = await _expected(cases, case_id, version, CaseState.OPEN)
    if row["difference_minor"]:
        raise CaseMovesMoney("Propose a correction", difference_minor=row["difference_minor"])
    await cases.resolve(case_id, CaseResolution.DISMISSED, actor.principal, reason)
    await _record(session, actor, "dismiss_case", case_id, reason=reason)
    return await read_case(session, case_id)


async def list_days(
    session: AsyncSession, channel: str | None, *, after: UUID | None, limit: int
) -> list[Row[Any]]:
    """Days that were compared, the last taken in first, one more than `limit`."""
    return await CaseRepository(session).days(channel, after=after, limit=limit + 1)


async def read_day(session: AsyncSession, channel: str, day: date) -> Mapping[str, Any]:
    """A day with the proof of its channel's clearing account as it is now. Raises `NotFound`."""
    cases = CaseRepository(session)
    row = await cases.day(channel, day)
    if row is None:
        raise NotFound("No statement of that day was taken in")
    return dict(row) | {"proof": await cases.proof(channel)}


async def sign_day(
    session: AsyncSession, channel: str, day: date, *, version: int, actor: Actor
) -> Mapping[str, Any]:
    """Say that the day is explained to the last fen.

    Raises `NotFound`, `StaleVersion`, `DaySigned`, and `DayNotExplained` while a case of it is open
    or the clearing account holds something nobody can name.
    """
    cases = CaseRepository(session)
    row = await _day(cases, channel, day, version, ReconciledDayState.OPEN)
    if row["open"]:
        raise DayNotExplained("Cases are open", open=row["open"])
    proof = await cases.proof(channel)
    if off := {each["currency"]: each["unexplained_minor"] for each in proof}:
        off = {currency: minor for currency, minor in off.items() if minor}
        if off:
            raise DayNotExplained("The clearing account is not explained", unexplained_minor=off)
    await cases.sign(row["id"], actor.principal)
    await system.record(session, actor, "finance.sign_day", "reconciled_day", row["id"])
    return await read_day(session, channel, day)


async def reopen_day(
    session: AsyncSession, channel: str, day: date, *, version: int, reason: str, actor: Actor
) -> Mapping[str, Any]:
    """Take a signature back. Raises `NotFound`, `StaleVersion` and `DaySigned`."""
    cases = CaseRepository(session)
    row = await _day(cases, channel, day, version, ReconciledDayState.SIGNED)
    await cases.reopen(row["id"])
    changes = {"reason": reason, "signed_by": row["signed_by"]}
    await system.record(session, actor, "finance.reopen_day", "reconciled_day", row["id"], changes)
    return await read_day(session, channel, day)


async def _day(
    cases: CaseRepository, channel: str, day: date, version: int, state: ReconciledDayState
) -> RowMapping:
    row = await cases.day(channel, day, locked=True)
    if row is None:
        raise NotFound("No statement of that day was taken in")
    if row["version"] != version:
        raise StaleVersion("It was changed meanwhile", version=row["version"])
    if row["state"] != state:
        raise DaySigned("It is signed, or it is not", state=row["state"])
    return row


async def _expected(
    cases: CaseRepository, case_id: UUID, version: int, state: CaseState | None = None
) -> RowMapping:
    row = await cases.find(case_id, locked=True)
    if row is None:
        raise NotFound("No such case")
    if row["version"] != version:
        raise StaleVersion("Look at it again", version=row["version"])
    if state is not None and row["state"] != state:
        raise CaseSettled("That cannot be done now", state=row["state"])
    return row


async def _record(
    session: AsyncSession, actor: Actor, action: str, case_id: UUID, **changes: Any
) -> None:
    await system.record(
        session, actor, f"finance.{action}", "reconciliation_case", case_id, changes
    )
