"""What was sent, what came back, and what should not have."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

SHOWN = 1_500
"""Characters of a finding that are shown."""


@dataclass
class Tally:
    cases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    findings: dict[tuple[str, str], str] = field(default_factory=dict)
    times: Counter[tuple[str, str]] = field(default_factory=Counter)

    def sent(self, caller: str, kind: str, status: int) -> None:
        self.cases[f"{caller}, {kind}"] += 1
        self.statuses[status] += 1
        self.answers[caller, status] += 1

    def found(self, operation: str, what: str, told: str) -> None:
        """Something wrong with an answer; the first of its kind is kept."""
        self.times[operation, what] += 1
        self.findings.setdefault((operation, what), told[:SHOWN])

    def print_to(self, tell: Callable[[str], None]) -> None:
        for (operation, what), told in sorted(self.findings.items()):
            tell(f"\n{self.times[operation, what]} times: {operation}: {what}\n{told}")
        for name, count in sorted(self.cases.items()):
            tell(f"{count:>7}  {name}")
        for caller in sorted({caller for caller, _ in self.answers}):
            told = ((s, n) for (c, s), n in sorted(self.answers.items()) if c == caller)
            tell(f"{caller} was answered " + ", ".join(f"{s} x {n}" for s, n in told))
        tell(
            f"{self.cases.total()} cases, {self.statuses[500]} answered 500, "
            f"{self.times.total()} answers the documents do not name"
        )
