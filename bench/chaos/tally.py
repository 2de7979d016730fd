"""What shoppers were told, and when: the only witness of what must still be true afterwards."""

from dataclasses import dataclass, field
from itertools import pairwise
from time import monotonic
from typing import Any


@dataclass(slots=True)
class Acknowledged:
    """An order the service confirmed; `request` is what it was asked for, for asking again."""

    key: str
    order_id: str
    member_id: str
    headers: dict[str, str]
    request: dict[str, Any]
    is_paid: bool = False
    is_cancelled: bool = False


@dataclass(slots=True)
class Tally:
    orders: list[Acknowledged] = field(default_factory=list)
    sent_keys: set[str] = field(default_factory=set)
    retries: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    instants: list[float] = field(default_factory=list)

    def acknowledge(self, order: Acknowledged) -> None:
        self.orders.append(order)
        self.instants.append(monotonic())

    def refuse(self, reason: str) -> None:
        self.refused[reason] = self.refused.get(reason, 0) + 1

    @property
    def longest_gap_seconds(self) -> float:
        """The longest time in which no order was confirmed to anybody."""
        return max((later - earlier for earlier, later in pairwise(self.instants)), default=0.0)
