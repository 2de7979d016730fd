"""Journals for accounting software, as CSV and XLSX."""

from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Response, Security
from fastapi.responses import StreamingResponse

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.finance.exports import ExportIn, ExportOut
from app.services import finance

router = Router(prefix="/finance/exports", tags=["finance"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_WRITE])]
SPREADSHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _file(kind: str) -> dict[int | str, dict[str, Any]]:
    return {
        HTTPStatus.OK.value: {
            "content": {kind: {"schema": {"type": "string", "format": "binary"}}},
            "description": "A line for each entry; the first line names the columns.",
        }
    }


@router.post("", status_code=HTTPStatus.CREATED, responses=problems(finance.ExportOvertaken))
async def create_export(body: ExportIn, actor: Writer, resources: ResourcesDep) -> ExportOut:
    """Record which journals are handed over: those that count in the span and are posted by now.

    With a `target` those that earlier exports to it have are left out.
    """
    row = await finance.record_export(
        resources.sessions,
        since=body.since_at,
        until=body.until_at,
        target=body.target,
        actor=actor,
    )
    return ExportOut.model_validate(dict(row))


@router.get("")
async def list_exports(actor: Reader, page: PageDep, session: ReaderDep) -> Page[ExportOut]:
    """Exports, the last first."""
    rows = await finance.list_exports(session, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, ExportOut)


@router.get(
    "/{export_id}/journals.csv",
    response_class=StreamingResponse,
    responses=_file("text/csv") | problems(NotFound),
)
async def download_csv(
    export_id: UUID, actor: Reader, session: ReaderDep, resources: ResourcesDep
) -> Response:
    """The journals as CSV in UTF-8, sent as they are read. Amounts are in major units."""
    export = await finance.read_export(session, export_id)
    return StreamingResponse(
        finance.export_csv(resources.readers, export),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="journals-{export_id}.csv"'},
    )


@router.get(
    "/{export_id}/journals.xlsx",
    response_class=StreamingResponse,
    responses=_file(SPREADSHEET) | problems(NotFound),
)
async def download_xlsx(
    export_id: UUID, actor: Reader, session: ReaderDep, resources: ResourcesDep
) -> Response:
    """The journals as a workbook; a sheet holds 1 048 575 entries, the rest goes on the next."""
    export = await finance.read_export(session, export_id)
    return StreamingResponse(
        finance.export_xlsx(resources.readers, export),
        media_type=SPREADSHEET,
        headers={"content-disposition": f'attachment; filename="journals-{export_id}.xlsx"'},
    )
