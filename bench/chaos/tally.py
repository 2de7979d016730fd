"""What shoppers were told, and when: the only witness of what must still be true afterwards."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from time import monotonic
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """A request with a key and what was answered: asked again it must be answered the same."""

    path: str
    headers: dict[str, str]
    request: dict[str, Any]
    status: int
    body: Any
    sign: Callable[[], dict[str, str]] = dict
    """Headers that say who asks, new each time."""

    def repeats(self, status: int, body: Any) -> bool:
        """Whether that is the same answer. Money goes on moving: how it stands is told anew."""
        return status == self.status and self._steady(body) == self._steady(self.body)

    def _steady(self, body: Any) -> Any:
        if self.path.endswith("/cancel"):
            return {name: body.get(name) for name in ("id", "number", "payable_minor")}
        return {name: each for name, each in body.items() if name != "payment"}


@dataclass(slots=True)
class Acknowledged:
    """An order the service confirmed."""

    order_id: str
    is_paid: bool = False
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """From the moment it was made until what it broke was there again, in seconds of a clock."""

    began: float
    ended: float


@dataclass(slots=True)
class Tally:
    orders: list[Acknowledged] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    retries: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    given_up: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)
    instants: list[float] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def begin(self) -> None:
        """From now on somebody listens for confirmations."""
        self.instants = [monotonic()]

    def hear(self) -> None:
        """Something that was to be written was answered as done."""
        self.instants.append(monotonic())

    def fault(self, began: float) -> None:
        self.faults.append(Fault(began, monotonic()))

    @property
    def longest_outage_seconds(self) -> float:
        """The longest time in which nothing was confirmed to anybody."""
        return max((later - earlier for earlier, later in pairwise(self.instants)), default=0.0)

    @property
    def longest_fault_seconds(self) -> float:
        return max((each.ended - each.began for each in self.faults), default=0.0)

    @property
    def longest_recovery_seconds(self) -> float:
        """The longest time in which nothing was confirmed although nothing was broken."""
        return max((self._needless(*pair) for pair in pairwise(self.instants)), default=0.0)

    def _needless(self, earlier: float, later: float) -> float:
        broken = sum(
            max(0.0, min(later, each.ended) - max(earlier, each.began)) for each in self.faults
        )
        return later - earlier - broken
