"""Bills of carriers, and what sending costs."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Security
from pydantic import AwareDatetime

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.identity import get_staff
from app.routers.pages import LimitParam, page_of
from app.routers.problems import problems
from app.schemas.base import MAX_INT32, Page, WholeNumber
from app.schemas.orders.carrier_costs import (
    BillIn,
    BillLineOut,
    BillLinesOut,
    BillOut,
    FreightReportOut,
    FreightRowOut,
)
from app.services import orders

router = Router(tags=["shipping"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_WRITE])]


@router.post(
    "/carrier-bills",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, InvalidReference),
)
async def import_bill(body: BillIn, actor: Writer, session: SessionDep) -> BillOut:
    """Hold a carrier's bill against what was quoted for its parcels. Each bill counts once."""
    lines = [(each.tracking_number, each.charged_minor) for each in body.lines]
    row = await orders.carriers.import_bill(
        session, body.carrier_code, body.number, body.currency, lines, actor=actor
    )
    return BillOut.model_validate(row)


@router.get("/carrier-bills")
async def list_bills(actor: Reader, page: PageDep, session: ReaderDep) -> Page[BillOut]:
    """Bills, newest first."""
    rows = await orders.carriers.list_bills(session, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, BillOut)


@router.get("/carrier-bills/{bill_id}", responses=problems(NotFound))
async def get_bill(bill_id: UUID, actor: Reader, session: ReaderDep) -> BillOut:
    """One bill, with what it adds up to."""
    return BillOut.model_validate(await orders.carriers.get_bill(session, bill_id))


@router.get("/carrier-bills/{bill_id}/lines", responses=problems(NotFound))
async def list_bill_lines(
    bill_id: UUID,
    actor: Reader,
    session: ReaderDep,
    limit: LimitParam = 20,
    after: Annotated[WholeNumber, Query(ge=0, le=MAX_INT32)] = 0,
    *,
    is_differing: bool = False,
) -> BillLinesOut:
    """Lines in their order; with `is_differing` those that are not as quoted."""
    rows = await orders.carriers.bill_lines(
        session, bill_id, after=after, limit=limit, is_differing=is_differing
    )
    items = [BillLineOut.model_validate(each) for each in rows[:limit]]
    return BillLinesOut(items=items, next_after=items[-1].position if len(rows) > limit else None)


@router.get("/freight-report", responses=problems(orders.carriers.SpanTooLong))
async def report_freight(
    actor: Reader, session: ReaderDep, since: AwareDatetime, until: AwareDatetime
) -> FreightReportOut:
    """What parcels cost that left in the span, beside what shoppers paid for sending them.

    By carrier, merchant and currency; `until` is the first moment that does not count.
    """
    rows = await orders.carriers.freight_report(session, since, until)
    return FreightReportOut(items=[FreightRowOut.model_validate(each) for each in rows])
