"""What an order froze of its gifts. Pure."""

from typing import NamedTuple
from uuid import UUID


class GivenLine(NamedTuple):
    """A line that was given for nothing; one piece cost `unit_cost_minor`, if known.

    `giver_id` is the promotion that gave it, or whose goods they are that a whole order gives away.
    """

    line_id: UUID
    giver_id: UUID
    unit_cost_minor: int | None
