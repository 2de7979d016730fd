"""Journals people write: one drafts, another posts; a mistake is put right by its reversal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.enums.finance import ManualKind, ManualState, PeriodState
from app.core.enums.ledger import AccountKind
from app.core.errors import AlreadyExists, DomainError, InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id, new_number
from app.repositories.finance.manual_journals import ManualJournalRepository
from app.repositories.finance.periods import PeriodRepository
from app.services import ledger, system
from app.services.finance.engine.by_hand import Draft, journal_of, off_balance, settled_by
from app.services.finance.periods import PeriodNotOpen

__all__ = [
    "CountsInFuture",
    "Draft",
    "JournalSettled",
    "JournalUnbalanced",
    "MoreThanOwed",
    "NotByHand",
    "draft_journal",
    "entries",
    "list_journals",
    "post_journal",
    "read_journal",
    "reject_journal",
    "reverse_journal",
]


class JournalUnbalanced(DomainError):
    """`off_minor` says by currency how much more is debited than credited."""

    slug, title, title_zh = "journal-unbalanced", "Debits and credits differ", "借贷不平衡"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotByHand(DomainError):
    """`accounts` are not posted by hand, or are none of the chart."""

    slug, title, title_zh = (
        "account-not-by-hand",
        "Some accounts are not posted by hand",
        "部分科目不允许手工记账",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class CountsInFuture(DomainError):
    slug, title, title_zh = (
        "counts-in-future",
        "Journals do not count ahead",
        "凭证日期晚于当前时间",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class JournalSettled(DomainError):
    """It was posted, rejected or reversed, or it is not posted yet."""

    slug, title, title_zh = (
        "manual-journal-settled",
        "The journal does not stand so",
        "凭证状态不允许该操作",
    )


class MoreThanOwed(DomainError):
    """`owed_minor` is what the funder owes by now."""

    slug, title, title_zh = "more-than-owed", "The funder owes less", "超过承担方应付金额"


def entries(lines: Sequence[tuple[str, str, int]]) -> list[ledger.Entry]:
    """Lines as code, currency and signed amount, of accounts people may post to.

    Raises `NotByHand`.
    """
    found = [(ledger.account_by_hand(code, currency), minor) for code, currency, minor in lines]
    known = [ledger.Entry(account, minor) for account, minor in found if account is not None]
    if len(known) < len(lines):
        wrong = [code for code, currency, _ in lines if not ledger.account_by_hand(code, currency)]
        raise NotByHand("The chart says which are", accounts=wrong)
    return known


async def draft_journal(session: AsyncSession, draft: Draft, *, actor: Actor) -> RowMapping:
    """Write a journal down for somebody else to post.

    Raises `JournalUnbalanced`, `CountsInFuture`, `PeriodNotOpen`, `InvalidReference`,
    `MoreThanOwed`, and `AlreadyExists` when a receipt or a reversal is there already.
    """
    if off := off_balance(draft.lines):
        raise JournalUnbalanced("Let debits and credits be equal", off_minor=off)
    if draft.effective_at is not None and draft.effective_at > clock.now():
        raise CountsInFuture("Post it when it is time", effective_at=draft.effective_at)
    if draft.concerns and await PeriodRepository(session).find(draft.concerns) is None:
        raise InvalidReference("No such period", field="concerns")
    await _require_open(session, draft.effective_at)
    await _require_owed(session, draft)
    journal_id = new_id()
    row = {
        "id": journal_id,
        "number": new_number("J", clock.now()),
        "kind": draft.kind,
        "reason": draft.reason,
        "attachment": draft.attachment,
        "effective_at": draft.effective_at,
        "concerns": draft.concerns,
        "reverses_id": draft.reverses_id,
        "drafted_by": actor.principal,
    }
    lines = [(each.account.code, each.account.currency, each.amount_minor) for each in draft.lines]
    if not await ManualJournalRepository(session).add(row, lines):
        field = "attachment" if draft.reverses_id is None else "reverses_id"
        raise AlreadyExists("It was written down already", field=field)
    await _record(session, actor, "draft_journal", journal_id, lines=len(lines))
    return await read_journal(session, journal_id)


async def post_journal(
    session: AsyncSession, journal_id: UUID, *, version: int, actor: Actor
) -> RowMapping:
    """Agree with what somebody else drafted: it is in the books.

    Raises `NotFound`, `StaleVersion`, `JournalSettled`, `SecondPersonNeeded` for who drafted it,
    `PeriodNotOpen` and `MoreThanOwed`.
    """
    repository = ManualJournalRepository(session)
    row = await _expected(repository, journal_id, version, ManualState.DRAFTED)
    actor.require_other_than(row["drafted_by"])
    draft = _draft(row)
    await _require_open(session, draft.effective_at)
    for account in settled_by(draft.lines):
        await repository.lock_account(account.id)
    await _require_owed(session, draft)
    reverses_number = None
    if row["reverses_id"] is not None:
        reversed_row = await _expected(repository, row["reverses_id"], None, ManualState.POSTED)
        reverses_number = reversed_row["number"]
        await repository.note_reversed(row["reverses_id"])
    await repository.settle(journal_id, ManualState.POSTED, actor.principal)
    await _record(session, actor, "post_journal", journal_id, number=row["number"])
    await ledger.post(session, [journal_of(row["number"], draft, reverses_number)], actor=actor)
    return await read_journal(session, journal_id)


async def reject_journal(
    session: AsyncSession, journal_id: UUID, *, version: int, reason: str, actor: Actor
) -> RowMapping:
    """Refuse a draft, or take one's own back.

    Raises `NotFound`, `StaleVersion` and `JournalSettled`.
    """
    repository = ManualJournalRepository(session)
    await _expected(repository, journal_id, version, ManualState.DRAFTED)
    await repository.settle(journal_id, ManualState.REJECTED, actor.principal, reason)
    await _record(session, actor, "reject_journal", journal_id, reason=reason)
    return await read_journal(session, journal_id)


async def reverse_journal(
    session: AsyncSession,
    journal_id: UUID,
    *,
    reason: str,
    effective_at: datetime | None,
    concerns: str | None,
    actor: Actor,
) -> RowMapping:
    """Draft the opposite of a journal by hand, for somebody else to post.

    Raises `NotFound`, `JournalSettled` unless it is posted and stands, `AlreadyExists` when its
    reversal was drafted already, and what drafting raises.
    """
    row = await _expected(ManualJournalRepository(session), journal_id, None, ManualState.POSTED)
    if row["reverses_id"] is not None:
        raise JournalSettled("Draft a reversal's opposite as a journal of its own")
    draft = Draft(
        kind=ManualKind(row["kind"]),
        reason=reason,
        attachment=row["attachment"],
        lines=[ledger.Entry(each.account, -each.amount_minor) for each in _draft(row).lines],
        effective_at=effective_at,
        concerns=concerns,
        reverses_id=journal_id,
    )
    return await draft_journal(session, draft, actor=actor)


async def read_journal(session: AsyncSession, journal_id: UUID) -> RowMapping:
    """A journal by hand with its lines. Raises `NotFound`."""
    row = await ManualJournalRepository(session).find(journal_id)
    if row is None:
        raise NotFound("No such journal")
    return row


async def list_journals(
    session: AsyncSession,
    *,
    state: ManualState | None = None,
    kind: ManualKind | None = None,
    after: UUID | None,
    limit: int,
) -> list[Row[Any]]:
    """Journals by hand, the last drafted first, one more than `limit`."""
    return await ManualJournalRepository(session).page(
        state=state, kind=kind, after=after, limit=limit + 1
    )


async def _require_open(session: AsyncSession, at: datetime | None) -> None:
    """Whoever closes the month of `at` waits for us from here on. This month is never closed."""
    if at is None:
        return
    period = await PeriodRepository(session).kept_open(at)
    if period is not None and period["state"] != PeriodState.OPEN:
        raise PeriodNotOpen("Its month takes no journals any more", name=period["name"])


async def _require_owed(session: AsyncSession, draft: Draft) -> None:
    if draft.kind is not ManualKind.FUNDER_RECEIPT:
        return
    paid = settled_by(draft.lines)
    owed = await ledger.balances(session, paid)
    for account, minor in paid.items():
        if minor > owed[account]:
            raise MoreThanOwed("Look at the funder's statement", owed_minor=owed[account])


async def _expected(
    repository: ManualJournalRepository, journal_id: UUID, version: int | None, state: ManualState
) -> RowMapping:
    row = await repository.find(journal_id, lock=True)
    if row is None:
        raise NotFound("No such journal")
    if version is not None and row["version"] != version:
        raise StaleVersion("Look at it again", version=row["version"])
    if row["state"] != state or row["reversed_at"] is not None:
        raise JournalSettled("That cannot be done now", state=row["state"])
    return row


def _draft(row: RowMapping) -> Draft:
    return Draft(
        kind=ManualKind(row["kind"]),
        reason=row["reason"],
        attachment=row["attachment"],
        lines=[_entry(each) for each in row["lines"]],
        effective_at=row["effective_at"],
        concerns=row["concerns"],
        reverses_id=row["reverses_id"],
    )


def _entry(line: Mapping[str, Any]) -> ledger.Entry:
    kind, _, owner = line["account"].partition(":")
    account = ledger.Account(AccountKind(kind), owner or None, currency=line["currency"])
    return ledger.Entry(account, line["amount_minor"])


async def _record(
    session: AsyncSession, actor: Actor, action: str, journal_id: UUID, **changes: Any
) -> None:
    await system.record(session, actor, f"finance.{action}", "manual_journal", journal_id, changes)
