"""What sponsors of discounts owe, and what they have paid of it."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query, Response, Security
from pydantic import AwareDatetime

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import KeysetDep, PageDep, ReaderDep, SessionDep
from app.routers.finance.manual_journals import DRAFTED
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.ledger.statements import page_of_statement, span_of
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.finance.manual_journals import (
    FunderOut,
    FunderReceiptIn,
    FunderStatementOut,
    ManualJournalOut,
)
from app.services import finance

router = Router(prefix="/finance/funders", tags=["finance"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.LEDGER_WRITE])]
Funder = Annotated[
    str,
    Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64, examples=["platform", "supplier"]),
]
Since = Annotated[AwareDatetime | None, Query(description="Null: from the beginning.")]
Until = Annotated[AwareDatetime | None, Query(description="Before this instant; null: to now.")]


@router.get("")
async def list_funders(actor: Reader, page: PageDep, session: ReaderDep) -> Page[FunderOut]:
    """Who ever owed a part of discounts, and what is owed now, by currency."""
    rows = await finance.funders.list_funders(session, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, FunderOut)


@router.get("/{funder}/statement", responses=problems(NotFound))
async def read_funder_statement(
    funder: Funder,
    actor: Reader,
    keyset: KeysetDep,
    session: ReaderDep,
    currency: Annotated[str, Query(pattern=r"^[A-Z]{3}$")] = "CNY",
    since: Since = None,
    until: Until = None,
) -> FunderStatementOut:
    """What a funder owed before, what was new, given back and settled, and the documents."""
    found = await finance.funders.funder_statement(
        session,
        funder,
        currency,
        since=since,
        until=until,
        page=span_of(keyset, since, until),
        limit=keyset.limit,
    )
    documents = page_of_statement(found.documents, keyset.limit)
    return FunderStatementOut(
        funder=funder,
        currency=currency,
        opening_minor=found.opening_minor,
        new_minor=found.new_minor,
        given_back_minor=found.given_back_minor,
        settled_minor=found.settled_minor,
        closing_minor=found.closing_minor,
        lines=documents.lines,
        next_after=documents.next_after,
    )


@router.post(
    "/{funder}/receipts",
    status_code=HTTPStatus.CREATED,
    response_model=ManualJournalOut,
    responses=problems(*DRAFTED, finance.by_hand.MoreThanOwed),
)
async def record_funder_receipt(
    funder: Funder, body: FunderReceiptIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Write down what a funder paid, for somebody else to post at `/finance/manual-journals`.

    It may pay a part of what it owes, and never more.
    """

    async def work() -> tuple[int, ManualJournalOut]:
        command = finance.funders.Receipt(**body.model_dump())
        row = await finance.funders.record_receipt(session, funder, command, actor=actor)
        return HTTPStatus.CREATED, ManualJournalOut.model_validate(dict(row))

    return await once(session, actor, work)
