"""What an order froze of its gifts. Pure."""

from typing import NamedTuple
from uuid import UUID


class GivenLine(NamedTuple):
    """A line that `promotion_id` gave for nothing; one piece cost `unit_cost_minor`, if known."""

    line_id: UUID
    promotion_id: UUID
    unit_cost_minor: int | None
