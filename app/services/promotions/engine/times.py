"""The hours and days a promotion is open, as a condition."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import ClassVar, Self

from app.services.promotions.engine.context import Context
from app.services.promotions.engine.reading import Node
from app.services.promotions.engine.reasons import Reason, Refusal

MOST_OFFSET = 14 * 60
WEEKDAYS = tuple("1234567")


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """Open at certain hours, on certain days of the week, by a clock of a fixed offset from UTC.

    ```json
    {"type": "time_of_day", "from": "20:00", "to": "22:00", "utc_offset_minutes": 480,
     "weekdays": ["5", "6", "7"]}
    ```

    `[from, to)`; a span over midnight belongs to the day it begins on. Monday is 1 (ISO 8601). The
    offset is 480 (China) by default, no weekdays are all of them.
    """

    type: ClassVar[str] = "time_of_day"
    start: time
    end: time
    utc_offset_minutes: int = 480
    weekdays: tuple[str, ...] = ()

    @classmethod
    def read(cls, node: Node) -> Self:
        offset = node.integer_or_none("utc_offset_minutes", low=-MOST_OFFSET, high=MOST_OFFSET)
        days = node.texts("weekdays")
        if not set(days) <= set(WEEKDAYS):
            raise node.fail("weekdays", "must be days from 1 to 7")
        start, end = _read_time(node, "from"), _read_time(node, "to")
        if start == end:
            raise node.fail("to", "must differ from the start")
        return cls(start, end, 480 if offset is None else offset, days)

    def refusal(self, context: Context) -> Refusal | None:
        local = context.at + (timedelta(minutes=self.utc_offset_minutes) - _offset(context))
        now, day = local.time(), local.isoweekday()
        if self.start < self.end:
            is_open = self.start <= now < self.end
        else:
            is_open = now >= self.start or now < self.end
            if now < self.end:
                day = (day - 2) % 7 + 1
        if is_open and (not self.weekdays or str(day) in self.weekdays):
            return None
        return Refusal(Reason.NOT_ACTIVE, (("condition", self.type),))

    def next_edge(self, at: datetime) -> datetime:
        """Return the first instant after `at` at which it may open or close."""
        offset = timedelta(minutes=self.utc_offset_minutes) - (at.utcoffset() or timedelta())
        local = at + offset
        edges = (
            datetime.combine(local.date() + timedelta(days=days), edge, local.tzinfo)
            for days in (0, 1)
            for edge in (self.start, self.end)
        )
        return min(edge for edge in edges if edge > local) - offset


def _offset(context: Context) -> timedelta:
    return context.at.utcoffset() or timedelta()


def _read_time(node: Node, key: str) -> time:
    text = node.text(key)
    try:
        found = time.fromisoformat(text)
    except ValueError as error:
        raise node.fail(key, "must be a time like 20:00") from error
    if found.tzinfo is not None:
        raise node.fail(key, "must not carry an offset")
    return found
