"""Statistics of orders, and the dictionary of what they mean."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Response

from app.routers.declared import Router
from app.routers.deps import ReaderDep
from app.routers.orders.admin import OrdersReader
from app.routers.problems import problems
from app.schemas.orders.statistics import (
    MetricOut,
    MetricsOut,
    StatisticsOut,
    StatisticsRowOut,
)
from app.services import reports

router = Router(prefix="/order-statistics", tags=["orders"])

REFUSALS = problems(reports.InvalidSpan, reports.statistics.NotTold, reports.statistics.TooManyRows)
GROUPS: Final = ("period_on", "channel_id", "merchant_id", "category_id")
CSV: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK.value: {
        "content": {"text/csv": {"schema": {"type": "string"}}},
        "description": "A line for each group and currency; the first line names the columns.",
    }
}


async def asked(
    from_on: Annotated[date, Query(description="The first day, as channels count days.")],
    to_on: Annotated[date, Query(description="The first day without; at most 800 days.")],
    metrics: Annotated[
        list[str],
        Query(min_length=1, max_length=50, description="Names from the dictionary."),
    ],
    by: Annotated[
        list[reports.statistics.By] | None, Query(max_length=6, description="What to tell apart.")
    ] = None,
    channel_id: UUID | None = None,
) -> reports.statistics.Question:
    return reports.statistics.Question(
        metrics=metrics, by=by or [], from_on=from_on, to_on=to_on, channel_id=channel_id
    )


QuestionDep = Annotated[reports.statistics.Question, Depends(asked)]


@router.get("/metrics")
async def list_metrics(actor: OrdersReader) -> MetricsOut:
    """The dictionary: what each number means, its unit, and by what it can be told apart."""
    return MetricsOut(items=[MetricOut.of(each) for each in reports.statistics.METRICS.values()])


@router.get("", responses=REFUSALS)
async def get_statistics(
    actor: OrdersReader, session: ReaderDep, question: QuestionDep
) -> StatisticsOut:
    """Numbers from the dictionary. Each row has one currency: amounts of two are never added."""
    answer = await reports.statistics.order_statistics(session, question)
    names = [name for name in answer.columns if name in reports.statistics.METRICS]
    return StatisticsOut(
        rolled_at=answer.rolled_at,
        rows=[
            StatisticsRowOut(
                **{name: row.get(name) for name in GROUPS},
                currency=row["currency"],
                values={name: row[name] for name in names},
            )
            for row in answer.rows
        ],
    )


@router.get("/rows.csv", responses=CSV | REFUSALS, response_class=Response)
async def export_statistics(
    actor: OrdersReader, session: ReaderDep, question: QuestionDep
) -> Response:
    """The same rows as CSV; amounts are in minor units."""
    answer = await reports.statistics.order_statistics(session, question)
    return Response(
        reports.statistics.statistics_csv(answer),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="order-statistics.csv"'},
    )
