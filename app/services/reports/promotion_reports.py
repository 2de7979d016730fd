"""What promotions took off and what became of coupons, for marketing and finance."""

import csv
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from io import StringIO
from typing import Any, Final, Self
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.errors import DomainError
from app.core.money import round_half_up
from app.repositories.reports.promotion_reports import NO_BATCH, PromotionReportRepository

MOST_DAYS: Final = 92
OLDEST, NEWEST = 1970, 9999
WHOLE_BPS: Final = 10_000
CHUNK: Final = 200
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes spreadsheets run a cell."""


class InvalidSpan(DomainError):
    slug, title, title_zh = "invalid-span", "The days cannot be reported on", "日期范围无效"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `from_on` to before `to_on` as they are counted in `zone`."""

    from_on: date
    to_on: date
    zone: str

    def instants(self) -> tuple[datetime, datetime]:
        """When the span starts and when it is over. Raises `InvalidSpan`."""
        if not OLDEST < self.from_on.year < NEWEST:
            raise InvalidSpan(f"Name days after {OLDEST} and before {NEWEST}", field="from_on")
        if not self.from_on < self.to_on <= self.from_on + timedelta(days=MOST_DAYS):
            raise InvalidSpan(f"Ask for one to {MOST_DAYS} days", most_days=MOST_DAYS)
        try:
            zone = ZoneInfo(self.zone)
            return (
                datetime.combine(self.from_on, time(), zone),
                datetime.combine(self.to_on, time(), zone),
            )
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InvalidSpan("There is no such time zone", field="zone") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponUsage:
    """What became of the coupons of a promotion that a batch gave, or none did.

    `issued` are coupons and codes nobody has turned into one; `claimed` belong to a member. `used`
    were paid with, `held` are in orders not paid yet, `returned` were in orders that closed and
    came back. `gmv_minor` is the payable of orders paid with one, `discount_minor` what it took
    off; an order with several coupons counts for each.
    """

    promotion_id: UUID
    code: str
    name: str
    currency: str
    batch_id: UUID | None
    batch: str | None
    issued: int
    claimed: int
    held: int
    used: int
    returned: int
    expired: int
    void: int
    gmv_minor: int
    discount_minor: int

    @classmethod
    def of(cls, row: Any) -> Self:
        return cls(**row._mapping)  # noqa: SLF001 - the documented way to a row's columns

    @property
    def roi_bps(self) -> int | None:
        """Payable per discount; null before anything was taken off."""
        if not self.discount_minor:
            return None
        return round_half_up(self.gmv_minor * WHOLE_BPS, self.discount_minor)

    @property
    def key(self) -> tuple[UUID, UUID]:
        """Where the row stands among others."""
        return self.promotion_id, self.batch_id or NO_BATCH


COLUMNS: Final = (
    *("promotion_id", "code", "name", "currency", "batch_id", "batch", "issued", "claimed"),
    *("held", "used", "returned", "expired", "void", "gmv_minor", "discount_minor", "roi_bps"),
)


async def attribution(
    session: AsyncSession,
    span: Span,
    *,
    promotion_id: UUID | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> Sequence[Any]:
    """What promotions did by day of placing, the latest first. Raises `InvalidSpan`."""
    from_at, to_at = span.instants()
    return await PromotionReportRepository(session).attribution(
        from_at,
        to_at,
        zone=span.zone,
        promotion_id=promotion_id,
        after=after,
        limit=limit,
    )


async def coupon_usage(
    session: AsyncSession,
    *,
    promotion_id: UUID | None,
    after: tuple[UUID, UUID] | None,
    limit: int,
) -> Sequence[CouponUsage]:
    """What became of coupons, the newest promotion and batch first."""
    rows = await PromotionReportRepository(session).coupons(
        promotion_id=promotion_id, after=after, limit=limit
    )
    return [CouponUsage.of(row) for row in rows]


async def coupon_usage_lines(
    readers: Sessions, *, promotion_id: UUID | None, chunk: int = CHUNK
) -> AsyncIterator[str]:
    """The whole report as CSV, a few rows at a time. Reads in many short statements."""
    yield _lines([COLUMNS])
    after: tuple[UUID, UUID] | None = None
    while True:
        async with readers() as session:
            rows = await coupon_usage(session, promotion_id=promotion_id, after=after, limit=chunk)
        if rows:
            yield _lines([[_cell(getattr(row, name)) for name in COLUMNS] for row in rows])
        if len(rows) < chunk:
            return
        after = rows[-1].key


def _cell(value: object) -> str:
    """A text that no spreadsheet takes for a formula."""
    said = "" if value is None else str(value)
    return f"'{said}" if isinstance(value, str) and said.startswith(FORMULAS) else said


def _lines(rows: Sequence[Sequence[str]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
