"""Orders of companies for many recipients, as staff handle them."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response, Security
from fastapi.responses import StreamingResponse

from app.core.actor import Actor
from app.core.enums.group_orders import GroupRowState
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.core.sheets import SheetUnreadable
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.orders.exports import SPREADSHEET, file_of
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page, WholeNumber
from app.schemas.orders.group_orders import (
    GroupCancelIn,
    GroupHoldIn,
    GroupOrderIn,
    GroupOrderOut,
    GroupPlaceIn,
    GroupRowIn,
    GroupRowOut,
    GroupRowsOut,
)
from app.services import finance, inventory, orders

router = Router(prefix="/group-orders", tags=["group orders"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]
Position = Annotated[WholeNumber, Path(ge=1, le=2_000_000)]
AfterRow = Annotated[WholeNumber, Query(ge=0, le=2_000_000)]
Limit = Annotated[WholeNumber, Query(ge=1, le=100)]
CHANGED = (NotFound, StaleVersion, PreconditionRequired)


@router.get("/template.xlsx", response_class=StreamingResponse, responses=file_of(SPREADSHEET))
async def get_template(actor: Reader) -> Response:
    """A workbook to fill in: a row for each recipient, its titles and one example."""
    return StreamingResponse(
        orders.group_orders.template_xlsx(),
        media_type=SPREADSHEET,
        headers={"content-disposition": 'attachment; filename="recipients.xlsx"'},
    )


@router.get("/template.csv", response_class=StreamingResponse, responses=file_of("text/csv"))
async def get_csv_template(actor: Reader) -> Response:
    """The same as CSV."""
    return Response(
        orders.group_orders.template_csv(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="recipients.csv"'},
    )


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=GroupOrderOut,
    responses=problems(
        InvalidReference,
        NotFound,
        orders.intake.UnknownGoods,
        orders.group_orders.RowsTooCheap,
        finance.SpecialIncomplete,
    ),
)
async def draft_group_order(
    body: GroupOrderIn,
    actor: Writer,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Write down what is agreed with a buyer; its recipients are uploaded next."""

    async def work() -> tuple[int, GroupOrderOut]:
        draft = body.draft()
        invoice = await finance.invoice_said(session, body.member_id, draft.invoice)
        row = await orders.group_orders.draft_group(
            session,
            replace(draft, invoice=invoice),
            actor=actor,
            most_below_bps=resources.settings.entry.supervisor_alone_bps,
        )
        return HTTPStatus.CREATED, GroupOrderOut.model_validate(dict(row))

    return await once(session, actor, work)


@router.get("")
async def list_group_orders(
    actor: Reader, page: PageDep, session: ReaderDep, member_id: UUID | None = None
) -> Page[GroupOrderOut]:
    """Group orders, newest first."""
    rows = await orders.group_orders.list_groups(
        session, member_id=member_id, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, GroupOrderOut)


@router.get("/{group_order_id}", responses=problems(NotFound))
async def get_group_order(
    group_order_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> GroupOrderOut:
    """A group order, how far it is, and what of it is paid."""
    return _answer(response, await orders.group_orders.read_group(session, group_order_id))


@router.put(
    "/{group_order_id}/rows",
    responses=problems(
        *CHANGED,
        SheetUnreadable,
        orders.group_orders.ColumnsMissing,
        orders.group_orders.GroupBeingPlaced,
    ),
)
async def upload_rows(
    group_order_id: UUID,
    request: Request,
    version: VersionDep,
    actor: Writer,
    resources: ResourcesDep,
    response: Response,
) -> GroupOrderOut:
    """Upload recipients: the body is the file, XLSX or CSV, at most 4 MiB and 10 000 rows.

    They take the place of all rows that have no order; rows are known by their number in the
    sheet. A row in which something is wrong names each cell and why, and the others stand.
    """
    row = await orders.group_orders.upload_rows(
        resources.sessions, group_order_id, request.stream(), version=version, actor=actor
    )
    return _answer(response, row)


@router.get("/{group_order_id}/rows", responses=problems(NotFound))
async def list_rows(
    group_order_id: UUID,
    actor: Reader,
    session: ReaderDep,
    state: GroupRowState | None = None,
    after: AfterRow = 0,
    limit: Limit = 20,
) -> GroupRowsOut:
    """Rows as in the sheet, each with what is wrong with it, or with its order."""
    rows = await orders.group_orders.list_rows(
        session, group_order_id, state=state, after=after, limit=limit
    )
    return GroupRowsOut.of([GroupRowOut.model_validate(dict(each)) for each in rows], limit)


@router.put(
    "/{group_order_id}/rows/{position}",
    responses=problems(*CHANGED, orders.group_orders.RowSettled),
)
async def edit_row(
    group_order_id: UUID,
    position: Position,
    body: GroupRowIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> GroupOrderOut:
    """Put a row right that has no order yet. It is judged as if its sheet said so."""
    row = await orders.group_orders.edit_row(
        session, group_order_id, position, body.model_dump(), version=version, actor=actor
    )
    return _answer(response, row)


@router.post(
    "/{group_order_id}/place",
    responses=problems(*CHANGED, orders.group_orders.GroupShortOfStock),
)
async def place_group_order(
    group_order_id: UUID,
    body: GroupPlaceIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> GroupOrderOut:
    """Have rows placed, one order each: those that are ready and those that failed before.

    The worker places them within moments, oldest row first; each has its order, or its problem, on
    its own. From the balance whole orders are paid as far as it reaches, the rest fails with
    `tender-mismatch` and is placed again when there is more.
    """
    row = await orders.group_orders.queue_rows(
        session,
        group_order_id,
        positions=body.positions,
        needs_all=body.needs_all,
        version=version,
        actor=actor,
    )
    return _answer(response, row)


@router.post(
    "/{group_order_id}/hold",
    responses=problems(
        *CHANGED,
        orders.group_orders.GoodsHeld,
        orders.group_orders.NothingToHold,
        inventory.OutOfStock,
        inventory.StockMoved,
    ),
)
async def hold_goods(
    group_order_id: UUID,
    body: GroupHoldIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> GroupOrderOut:
    """Keep the goods of rows from everybody else for a time: of all that can be placed, or none.

    Each order takes those of its row over when it is placed. What is edited or given up, or is not
    placed in time, lets its goods go.
    """
    row = await orders.group_orders.hold_rows(
        session,
        group_order_id,
        positions=body.positions,
        seconds=body.seconds,
        version=version,
        actor=actor,
    )
    return _answer(response, row)


@router.delete("/{group_order_id}/hold", responses=problems(*CHANGED))
async def let_goods_go(
    group_order_id: UUID,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> GroupOrderOut:
    """Let everything go that is held for rows; again changes nothing."""
    row = await orders.group_orders.unhold_rows(
        session, group_order_id, version=version, actor=actor
    )
    return _answer(response, row)


@router.post("/{group_order_id}/cancel-rest", responses=problems(*CHANGED))
async def cancel_rest(
    group_order_id: UUID,
    body: GroupCancelIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> GroupOrderOut:
    """Give up every row that has no order. Orders are cancelled one by one, as any other."""
    row = await orders.group_orders.cancel_rest(
        session, group_order_id, reason=body.reason, version=version, actor=actor
    )
    return _answer(response, row)


@router.get(
    "/{group_order_id}/report.xlsx",
    response_class=StreamingResponse,
    responses=file_of(SPREADSHEET) | problems(NotFound),
)
async def get_report(
    group_order_id: UUID, actor: Reader, session: ReaderDep, resources: ResourcesDep
) -> Response:
    """Every row with its order, how that stands, and its tracking numbers."""
    await orders.group_orders.read_group(session, group_order_id)
    return StreamingResponse(
        orders.group_orders.report_xlsx(resources.readers, group_order_id),
        media_type=SPREADSHEET,
        headers={"content-disposition": 'attachment; filename="group-order.xlsx"'},
    )


def _answer(response: Response, row: Any) -> GroupOrderOut:
    put_etag(response, row["version"])
    return GroupOrderOut.model_validate(dict(row))
