"""Shapes of statistics of orders."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.schemas.base import Currency, Output
from app.services.reports.statistics.metrics import By, Metric, Unit


class MetricOut(Output):
    """What a number means, and by what it can be told apart."""

    name: str
    title: str
    title_zh: str
    definition: str
    definition_zh: str
    unit: Unit = Field(description="`minor`: of the row's currency; `bps`: 10000 is all of it.")
    by: list[By]

    @classmethod
    def of(cls, metric: Metric) -> "MetricOut":
        return cls(
            name=metric.name,
            title=metric.title,
            title_zh=metric.title_zh,
            definition=metric.definition,
            definition_zh=metric.definition_zh,
            unit=metric.unit,
            by=[each for each in By if each in metric.by],
        )


class MetricsOut(Output):
    items: list[MetricOut]


class StatisticsRowOut(Output):
    """One group in one currency; what it was not told apart by is null."""

    period_on: date | None = Field(description="The first day, as the channel counts days.")
    channel_id: UUID | None
    merchant_id: UUID | None
    category_id: UUID | None
    currency: Currency
    values: dict[str, int | None] = Field(
        description="By metric; null where there is nothing to divide by."
    )


class StatisticsOut(Output):
    rolled_at: datetime = Field(description="Changes until then are counted.")
    rows: list[StatisticsRowOut]
