"""Statistics of orders, from hours that a job keeps adding up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import DomainError
from app.core.spreadsheets import csv_lines
from app.repositories.reports.order_statistics import OrderStatisticsRepository
from app.services.reports.promotion_reports import InvalidSpan
from app.services.reports.statistics.metrics import METRICS, By, Metric

MOST_DAYS: Final = 800
MOST_ROWS: Final = 5_000
BATCH: Final = 5_000
"""Changed orders whose hours are worked out in one transaction."""
_PERIODS: Final = (By.DAY, By.WEEK, By.MONTH)
_LOCAL: Final = "(h.hour_at AT TIME ZONE c.time_zone)"
_GROUPS: Final = {
    By.DAY: f"{_LOCAL}::date AS period_on",
    By.WEEK: f"date_trunc('week', {_LOCAL})::date AS period_on",
    By.MONTH: f"date_trunc('month', {_LOCAL})::date AS period_on",
    By.CHANNEL: "h.channel_id AS channel_id",
    By.MERCHANT: "h.of_id AS merchant_id",
    By.CATEGORY: "p.category_id AS category_id",
}
_NAMES: Final = {
    By.CHANNEL: "channel_id",
    By.MERCHANT: "merchant_id",
    By.CATEGORY: "category_id",
} | dict.fromkeys(_PERIODS, "period_on")


class NotTold(DomainError):
    """`metrics` that cannot be told apart like that, or names that cannot go together in `by`."""

    slug, title, title_zh = (
        "not-told-apart",
        "The numbers cannot be told apart like that",
        "指标不支持该维度",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyRows(DomainError):
    slug, title, title_zh = (
        "too-many-rows",
        "Ask for fewer days or tell less apart",
        "结果过多，请缩小范围",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which numbers, told apart by what, of which days of the channels. `to_on` is not included."""

    metrics: Collection[str]
    by: Collection[By]
    from_on: date
    to_on: date
    channel_id: UUID | None = None

    def chosen(self) -> list[Metric]:
        """Raises `InvalidSpan` and `NotTold`."""
        if not self.from_on < self.to_on <= self.from_on + timedelta(days=MOST_DAYS):
            raise InvalidSpan(f"Ask for one to {MOST_DAYS} days", most_days=MOST_DAYS)
        for clash in (_PERIODS, (By.MERCHANT, By.CATEGORY)):
            if len(set(clash) & set(self.by)) > 1:
                raise NotTold("Choose one of them", by=[each for each in clash if each in self.by])
        if unknown := [name for name in self.metrics if name not in METRICS]:
            raise NotTold("The dictionary has no such metric", metrics=unknown, by=[])
        chosen = [METRICS[name] for name in dict.fromkeys(self.metrics)]
        if refused := [each.name for each in chosen if not set(self.by) <= each.by]:
            raise NotTold("Leave them out", metrics=refused, by=list(self.by))
        return chosen


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows by group and currency, and until when changes are in them."""

    columns: Sequence[str]
    rows: Sequence[RowMapping]
    rolled_at: datetime


async def order_statistics(session: AsyncSession, question: Question) -> Answer:
    """Raises `InvalidSpan`, `NotTold` and `TooManyRows`. Money is never added across currencies."""
    chosen = question.chosen()
    by = [each for each in By if each in question.by]
    kind = "merchant" if By.MERCHANT in by else "product" if By.CATEGORY in by else "all"
    # The zones of channels are at most 14 hours from UTC.
    conditions = [
        f"{_LOCAL}::date >= :from_on AND {_LOCAL}::date < :to_on",
        "h.hour_at >= CAST(:from_on AS date) - interval '15 hours'",
        "h.hour_at < CAST(:to_on AS date) + interval '15 hours'",
    ]
    values: dict[str, Any] = {"from_on": question.from_on, "to_on": question.to_on}
    if question.channel_id is not None:
        conditions.append("h.channel_id = :channel_id")
        values["channel_id"] = question.channel_id
    repository = OrderStatisticsRepository(session)
    rows = await repository.sums(
        [f"{each.sql} AS {each.name}" for each in chosen],
        [*(_GROUPS[each] for each in by), "h.currency AS currency"],
        kind=kind,
        conditions=conditions,
        values=values,
        limit=MOST_ROWS + 1,
    )
    if len(rows) > MOST_ROWS:
        raise TooManyRows(f"There are more than {MOST_ROWS} rows", most_rows=MOST_ROWS)
    columns = [*(_NAMES[each] for each in by), "currency", *(each.name for each in chosen)]
    return Answer(columns, rows, await repository.rolled_at())


def statistics_csv(answer: Answer) -> str:
    """The rows as CSV, the names of columns first; amounts are in minor units."""
    cells = [[_cell(row[name]) for name in answer.columns] for row in answer.rows]
    return "\ufeff" + csv_lines([answer.columns, *cells])


def _cell(value: object) -> str | int | None:
    return value if value is None or isinstance(value, int) else str(value)


async def roll_up_orders(session: AsyncSession, *, limit: int = BATCH) -> bool:
    """Work out anew the hours of the next orders that changed; whether there may be more."""
    return await OrderStatisticsRepository(session).roll(limit)
