"""Journals people write: drafted by one, posted by another."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.enums.finance import ManualKind, ManualState
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import IdempotencyKeyMissing, OnceDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.finance.manual_journals import (
    ManualJournalIn,
    ManualJournalOut,
    ManualLineIn,
    RejectJournalIn,
    ReverseJournalIn,
)
from app.services import finance
from app.services.system import IdempotencyInProgress, IdempotencyKeyReused

router = Router(prefix="/finance/manual-journals", tags=["finance"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.LEDGER_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.LEDGER_WRITE])]
DRAFTED = (
    AlreadyExists,
    InvalidReference,
    finance.PeriodNotOpen,
    finance.by_hand.JournalUnbalanced,
    finance.by_hand.CountsInFuture,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    IdempotencyInProgress,
)
MOVED = (NotFound, StaleVersion, PreconditionRequired, finance.by_hand.JournalSettled)


@router.get("")
async def list_manual_journals(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    state: ManualState | None = None,
    kind: ManualKind | None = None,
) -> Page[ManualJournalOut]:
    """Journals by hand, those drafted last first; with `state=drafted` what waits for somebody."""
    rows = await finance.by_hand.list_journals(
        session, state=state, kind=kind, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, ManualJournalOut)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=ManualJournalOut,
    responses=problems(*DRAFTED, finance.by_hand.NotByHand),
)
async def draft_manual_journal(
    body: ManualJournalIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Write a journal down for somebody else to post. Nothing is in the books yet.

    Accounts of customers and orders, clearing, suspense and what funders owe are not posted by
    hand: `/ledger/chart` says which may be.
    """

    async def work() -> tuple[int, ManualJournalOut]:
        draft = finance.by_hand.Draft(
            reason=body.reason,
            attachment=body.attachment,
            effective_at=body.effective_at,
            concerns=body.concerns,
            lines=finance.by_hand.entries([_line(each) for each in body.lines]),
        )
        row = await finance.by_hand.draft_journal(session, draft, actor=actor)
        return HTTPStatus.CREATED, ManualJournalOut.model_validate(dict(row))

    return await once(session, actor, work)


@router.get("/{journal_id}", responses=problems(NotFound))
async def get_manual_journal(
    journal_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> ManualJournalOut:
    """One journal by hand with its lines."""
    return _answer(response, await finance.by_hand.read_journal(session, journal_id))


@router.post(
    "/{journal_id}/post",
    responses=problems(
        *MOVED, SecondPersonNeeded, finance.PeriodNotOpen, finance.by_hand.MoreThanOwed
    ),
)
async def post_manual_journal(
    journal_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> ManualJournalOut:
    """Agree with what somebody else drafted: it is in the books from now on."""
    row = await finance.by_hand.post_journal(session, journal_id, version=version, actor=actor)
    return _answer(response, row)


@router.post("/{journal_id}/reject", responses=problems(*MOVED))
async def reject_manual_journal(
    journal_id: UUID,
    body: RejectJournalIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> ManualJournalOut:
    """Refuse a draft, or take your own back."""
    row = await finance.by_hand.reject_journal(
        session, journal_id, version=version, reason=body.reason, actor=actor
    )
    return _answer(response, row)


@router.post(
    "/{journal_id}/reversal",
    status_code=HTTPStatus.CREATED,
    response_model=ManualJournalOut,
    responses=problems(NotFound, finance.by_hand.JournalSettled, *DRAFTED),
)
async def reverse_manual_journal(
    journal_id: UUID, body: ReverseJournalIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Draft the opposite of a journal by hand, for somebody else to post."""

    async def work() -> tuple[int, ManualJournalOut]:
        row = await finance.by_hand.reverse_journal(
            session,
            journal_id,
            reason=body.reason,
            effective_at=body.effective_at,
            concerns=body.concerns,
            actor=actor,
        )
        return HTTPStatus.CREATED, ManualJournalOut.model_validate(dict(row))

    return await once(session, actor, work)


def _line(line: ManualLineIn) -> tuple[str, str, int]:
    return line.account, line.currency, line.signed_minor


def _answer(response: Response, row: Mapping[Any, Any]) -> ManualJournalOut:
    put_etag(response, row["version"])
    return ManualJournalOut.model_validate(dict(row))
