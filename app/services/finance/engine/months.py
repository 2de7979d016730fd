"""Months of the books. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Month:
    """`2026-10`, from `starts_at` to before `ends_at`."""

    name: str
    starts_at: datetime
    ends_at: datetime


def months(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Month]:
    """The calendar months of `zone` from that of `since` to that of `until`, without a gap."""
    here = since.astimezone(zone)
    last = until.astimezone(zone)
    year, month = here.year, here.month
    while (year, month) <= (last.year, last.month):
        after = (year + month // 12, month % 12 + 1)
        yield Month(
            f"{year:04}-{month:02}",
            datetime(year, month, 1, tzinfo=zone).astimezone(UTC),
            datetime(*after, 1, tzinfo=zone).astimezone(UTC),
        )
        year, month = after
