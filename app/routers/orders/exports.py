"""Orders as spreadsheets."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ResourcesDep
from app.routers.orders.admin import OrdersReader, ViewParam
from app.routers.orders.filters import FilterDep
from app.routers.problems import problems
from app.services import orders

router = Router(prefix="/order-exports", tags=["orders"])

SPREADSHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REFUSALS = problems(NotFound, orders.centre.UnknownColumns, orders.centre.CurrencyNeeded)
ColumnsParam = Annotated[
    list[str] | None,
    Query(
        max_length=40,
        description="Columns in their order; by default all that say nothing about persons."
        " `receiver`, `phone`, `address` and `note` need the scope `members:read`.",
    ),
]


def file_of(kind: str) -> dict[int | str, dict[str, Any]]:
    return {
        HTTPStatus.OK.value: {
            "content": {kind: {"schema": {"type": "string", "format": "binary"}}},
            "description": "A line for each; the first line names the columns.",
        }
    }


@router.get(
    "/orders.csv",
    response_class=StreamingResponse,
    responses=file_of("text/csv") | REFUSALS,
)
async def export_csv(
    actor: OrdersReader,
    resources: ResourcesDep,
    wanted: FilterDep,
    columns: ColumnsParam = None,
    view_id: ViewParam = None,
) -> Response:
    """The orders that match as CSV in UTF-8, oldest first, sent as they are read.

    Who takes what is in the operation log. Amounts are in minor units, times in UTC.
    """
    export = await orders.centre.record_order_export(
        resources.sessions, wanted, columns or (), view_id=view_id, actor=actor
    )
    return StreamingResponse(
        orders.centre.orders_csv(resources.readers, export),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="orders.csv"'},
    )


@router.get(
    "/orders.xlsx",
    response_class=StreamingResponse,
    responses=file_of(SPREADSHEET) | REFUSALS,
)
async def export_xlsx(
    actor: OrdersReader,
    resources: ResourcesDep,
    wanted: FilterDep,
    columns: ColumnsParam = None,
    view_id: ViewParam = None,
) -> Response:
    """The same as a workbook; a sheet holds 1 048 575 orders, the rest goes on the next."""
    export = await orders.centre.record_order_export(
        resources.sessions, wanted, columns or (), view_id=view_id, actor=actor
    )
    return StreamingResponse(
        orders.centre.orders_xlsx(resources.readers, export),
        media_type=SPREADSHEET,
        headers={"content-disposition": 'attachment; filename="orders.xlsx"'},
    )
