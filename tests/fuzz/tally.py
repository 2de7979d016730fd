"""What was sent, what came back, and what should not have."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

SHOWN = 2_500
"""Characters of a finding that are shown."""

GATES = frozenset(
    {
        *("unauthenticated", "wrong-audience", "insufficient-scope", "invalid-request"),
        *("bad-request", "malformed-json", "method-not-allowed", "payload-too-large"),
        *("unsupported-media-type", "precondition-required", "too-many-requests"),
    }
)
"""Problems by which a request is turned away before anything looks at what it wants."""


@dataclass
class Tally:
    cases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    answers: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    slugs: Counter[str] = field(default_factory=Counter)
    through: Counter[str] = field(default_factory=Counter)
    through_by_kind: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    sent_to: Counter[str] = field(default_factory=Counter)
    findings: dict[tuple[str, str], str] = field(default_factory=dict)
    times: Counter[tuple[str, str]] = field(default_factory=Counter)
    printed: int = 0

    def sent(self, api: str, caller: str, kind: str, status: int, slug: str | None) -> None:
        """Count an answer of `api`, to the caller it is for, another one, or nobody."""
        self.cases[kind] += 1
        self.statuses[status] += 1
        self.answers[api, "its own" if caller == api else caller, status] += 1
        self.sent_to[api] += 1
        self.slugs[slug or "(no problem)"] += 1
        if slug not in GATES:
            self.through[api] += 1
            self.through_by_kind[kind] += 1
            self.done[api] += slug is None

    def found(self, operation: str, what: str, told: str) -> None:
        """Something wrong with an answer; the first of its kind is kept."""
        self.times[operation, what] += 1
        self.findings.setdefault((operation, what), told[:SHOWN])

    def print_new(self, tell: Callable[[str], None]) -> None:
        """What was found since this was asked last."""
        for operation, what in list(self.findings)[self.printed :]:
            tell(f"found: {operation}: {what}")
        self.printed = len(self.findings)

    def print_to(self, tell: Callable[[str], None]) -> None:
        for (operation, what), told in sorted(self.findings.items()):
            tell(f"\n{self.times[operation, what]} times: {operation}: {what}\n{told}")
        tell("")
        for kind, count in sorted(self.cases.items()):
            tell(
                f"{kind}: {count} cases, {_share(self.through_by_kind[kind], count)} past the gates"
            )
        for api, caller in sorted({key[:2] for key in self.answers}):
            found = {s: n for (a, c, s), n in self.answers.items() if (a, c) == (api, caller)}
            by_status = ", ".join(f"{status} x {n}" for status, n in sorted(found.items()))
            tell(f"{api}, asked by {caller}: {by_status}")
        tell(", ".join(f"{slug} {count}" for slug, count in self.slugs.most_common(60)))
        for api, count in sorted(self.sent_to.items()):
            tell(
                f"{api}: {count} cases, {_share(self.through[api], count)} past who asks and "
                f"what a request looks like, {_share(self.done[api], count)} done as asked"
            )
        tell(
            f"{self.cases.total()} cases, {_share(self.through.total(), self.cases.total())} past "
            f"the gates, {self.statuses[500]} answered 500, "
            f"{self.times.total()} findings"
        )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "none"
