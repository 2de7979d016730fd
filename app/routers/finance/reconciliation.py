"""Statements of gateways, differences and days, as finance works on them."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request, Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.enums.reconciliation import CaseState, ReconciliationVerdict
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Code, Page
from app.schemas.finance.reconciliation import (
    AskReplacementIn,
    AssignIn,
    CaseDetailOut,
    CaseNoteIn,
    CaseOut,
    DayDetailOut,
    DayOut,
    ReasonIn,
    ReplacementOut,
    StatementFileOut,
)
from app.services import finance, payments
from app.services.payments.ports import StatementKind

router = Router(prefix="/finance", tags=["finance"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_WRITE])]
Closer = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_CLOSE])]
Channel = Annotated[Code, Path(examples=["wechatpay"])]
Day = Annotated[date, Path(examples=["2026-11-20"])]
CHANGED = (NotFound, StaleVersion, PreconditionRequired, finance.CaseSettled)


@router.put(
    "/statements/{channel}/{day}/{kind}",
    responses=problems(NotFound, finance.StatementUnreadable, finance.StatementDiffers),
)
async def put_statement(
    channel: Channel,
    day: Day,
    kind: StatementKind,
    request: Request,
    actor: Writer,
    resources: ResourcesDep,
) -> StatementFileOut:
    """Take in a gateway's file of a day as it came: the body is the file, at most 256 MiB.

    The same file again changes nothing. A file whose totals do not add up to its lines is refused
    as a whole.
    """
    gateway = resources.gateways.get(channel)
    if gateway is None:
        raise NotFound("No such payment channel")
    what = finance.statement_of(gateway, channel, day, kind, "uploaded")
    row = await finance.import_statement(resources.sessions, what, request.stream(), actor=actor)
    return StatementFileOut.model_validate(dict(row))


@router.put(
    "/statements/{channel}/{day}/{kind}/replacement",
    responses=problems(
        NotFound,
        SecondPersonNeeded,
        finance.StatementUnreadable,
        finance.StatementDiffers,
        finance.ReplacementNotAsked,
        finance.DaySigned,
    ),
)
async def put_replacement(
    channel: Channel,
    day: Day,
    kind: StatementKind,
    request: Request,
    actor: Writer,
    resources: ResourcesDep,
) -> StatementFileOut:
    """Have another file take the place of the one of a day, as somebody else asked.

    The body is the file as it came, whose digest was asked for. Lines of the other are kept and
    count no more; what settles differently is booked as the difference. Cases nobody worked on are
    withdrawn, others are compared with the new file. Refused while the day is signed.
    """
    gateway = resources.gateways.get(channel)
    if gateway is None:
        raise NotFound("No such payment channel")
    what = finance.statement_of(gateway, channel, day, kind, "uploaded")
    row = await finance.replace_statement(resources.sessions, what, request.stream(), actor=actor)
    return StatementFileOut.model_validate(dict(row))


@router.get("/reconciliation/cases")
async def list_cases(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    channel: Code | None = None,
    day: date | None = None,
    state: CaseState | None = None,
    verdict: ReconciliationVerdict | None = None,
) -> Page[CaseOut]:
    """Differences between statements and books."""
    wanted = finance.CaseFilter(channel=channel, day=day, state=state, verdict=verdict)
    rows = await finance.list_cases(session, wanted, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, CaseOut)


@router.get("/reconciliation/cases/{case_id}", responses=problems(NotFound))
async def get_case(
    case_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> CaseDetailOut:
    """One difference, with the line of the file and what people noted."""
    return _case(await finance.read_case(session, case_id), response)


@router.post(
    "/reconciliation/cases/{case_id}/inquire",
    responses=problems(
        NotFound, finance.CaseSettled, payments.GatewayUnreachable, payments.UnknownChannel
    ),
)
async def inquire(
    case_id: UUID, actor: Writer, resources: ResourcesDep, response: Response
) -> CaseDetailOut:
    """Ask the gateway and compare again: a payment we did not know of is taken up.

    One that the gateway does not confirm sends its order's payment to review.
    """
    found = await finance.inquire(
        resources.sessions,
        resources.gateways,
        case_id,
        terms=payments.PaymentTerms.of(resources.settings),
    )
    return _case(found, response)


@router.put(
    "/reconciliation/cases/{case_id}/owner",
    responses=problems(NotFound, StaleVersion, PreconditionRequired),
)
async def assign_case(
    case_id: UUID,
    body: AssignIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> CaseDetailOut:
    """Say who looks after it; null: nobody."""
    found = await finance.assign_case(
        session, case_id, version=version, owner=body.owner, actor=actor
    )
    return _case(found, response)


@router.post("/reconciliation/cases/{case_id}/notes", responses=problems(NotFound))
async def note_case(
    case_id: UUID, body: CaseNoteIn, actor: Writer, session: SessionDep, response: Response
) -> CaseDetailOut:
    """Write down what was found out. Notes stay."""
    return _case(await finance.note_case(session, case_id, body.note, actor=actor), response)


@router.post("/reconciliation/cases/{case_id}/propose", responses=problems(*CHANGED))
async def propose_correction(
    case_id: UUID,
    body: ReasonIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> CaseDetailOut:
    """Ask a second person to book the difference to suspense."""
    found = await finance.propose_correction(
        session, case_id, version=version, reason=body.reason, actor=actor
    )
    return _case(found, response)


@router.post(
    "/reconciliation/cases/{case_id}/approve",
    responses=problems(*CHANGED, SecondPersonNeeded, finance.RefundUnderWay),
)
async def approve_correction(
    case_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> CaseDetailOut:
    """Book what was proposed, as another person: a new journal, nothing is changed."""
    found = await finance.approve_correction(session, case_id, version=version, actor=actor)
    return _case(found, response)


@router.post("/reconciliation/cases/{case_id}/reject", responses=problems(*CHANGED))
async def reject_correction(
    case_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> CaseDetailOut:
    """Leave it open: what was proposed is not booked."""
    found = await finance.reject_correction(session, case_id, version=version, actor=actor)
    return _case(found, response)


@router.post(
    "/reconciliation/cases/{case_id}/dismiss",
    responses=problems(*CHANGED, finance.CaseMovesMoney),
)
async def dismiss_case(
    case_id: UUID,
    body: ReasonIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> CaseDetailOut:
    """Close a difference in which no money differs, such as a line that came twice."""
    found = await finance.dismiss_case(
        session, case_id, version=version, reason=body.reason, actor=actor
    )
    return _case(found, response)


@router.get("/reconciliation/days")
async def list_days(
    actor: Reader, page: PageDep, session: ReaderDep, channel: Code | None = None
) -> Page[DayOut]:
    """Days that were compared, the last taken in first."""
    rows = await finance.list_days(session, channel, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, DayOut)


@router.get("/reconciliation/days/{channel}/{day}", responses=problems(NotFound))
async def get_day(
    channel: Channel, day: Day, actor: Reader, session: ReaderDep, response: Response
) -> DayDetailOut:
    """A day, with the proof of its channel's clearing account as it is now."""
    return _day(await finance.read_day(session, channel, day), response)


@router.post(
    "/reconciliation/days/{channel}/{day}/replacements",
    status_code=HTTPStatus.CREATED,
    responses=problems(NotFound, finance.StatementIsThere, finance.DaySigned),
)
async def ask_replacement(
    channel: Channel, day: Day, body: AskReplacementIn, actor: Writer, session: SessionDep
) -> ReplacementOut:
    """Ask that another file take the place of the one of a day. Another person hands it in.

    Asking for the same file again changes nothing.
    """
    found = await finance.ask_replacement(
        session, channel, day, body.kind, sha256=body.sha256, reason=body.reason, actor=actor
    )
    return ReplacementOut.model_validate(found)


@router.get("/reconciliation/days/{channel}/{day}/replacements")
async def list_replacements(
    channel: Channel, day: Day, actor: Reader, session: ReaderDep
) -> list[ReplacementOut]:
    """Which files of a day should take another's place or did, oldest first."""
    found = await finance.list_replacements(session, channel, day)
    return [ReplacementOut.model_validate(each) for each in found]


@router.post(
    "/reconciliation/days/{channel}/{day}/sign",
    responses=problems(
        NotFound, StaleVersion, PreconditionRequired, finance.DaySigned, finance.DayNotExplained
    ),
)
async def sign_day(
    channel: Channel,
    day: Day,
    version: VersionDep,
    actor: Closer,
    session: SessionDep,
    response: Response,
) -> DayDetailOut:
    """Say that the day is explained to the last fen. Refused while one of its cases is open."""
    return _day(
        await finance.sign_day(session, channel, day, version=version, actor=actor), response
    )


@router.post(
    "/reconciliation/days/{channel}/{day}/reopen",
    responses=problems(NotFound, StaleVersion, PreconditionRequired, finance.DaySigned),
)
async def reopen_day(
    channel: Channel,
    day: Day,
    body: ReasonIn,
    version: VersionDep,
    actor: Closer,
    session: SessionDep,
    response: Response,
) -> DayDetailOut:
    """Take a signature back."""
    found = await finance.reopen_day(
        session, channel, day, version=version, reason=body.reason, actor=actor
    )
    return _day(found, response)


def _case(found: Any, response: Response) -> CaseDetailOut:
    put_etag(response, found["version"])
    return CaseDetailOut.model_validate(found | {"notes": [dict(each) for each in found["notes"]]})


def _day(found: Any, response: Response) -> DayDetailOut:
    put_etag(response, found["version"])
    return DayDetailOut.model_validate(found | {"proof": [dict(each) for each in found["proof"]]})
