"""What one way of breaking the shop came to: a row of the table, a part of the JSON."""

from dataclasses import asdict, dataclass, field
from typing import Any

from rich.table import Table

from bench.chaos.checks import Verdict
from bench.chaos.tally import Tally

RECOVERY_SECONDS = 5.0
"""How long at most nothing may be confirmed beyond the faults themselves."""


@dataclass(slots=True)
class Outcome:
    """`counted` names what was done and how often; `audit` is empty when every invariant holds.

    `recovery_seconds` is for how long nothing may be confirmed while nothing is broken; `loads` are
    those of the machine meanwhile.
    """

    mode: str
    tally: Tally
    verdict: Verdict | None = None
    counted: dict[str, int] = field(default_factory=dict)
    audit: str = ""
    skipped: str = ""
    also: list[str] = field(default_factory=list)
    recovery_seconds: float = RECOVERY_SECONDS
    loads: list[float] = field(default_factory=list)

    @property
    def breaches(self) -> list[str]:
        if self.skipped:
            return []
        found = [*self.also]
        found += [] if self.verdict is None else self.verdict.breaches
        if self.audit:
            found.append(f"shop audit: {self.audit}")
        late = self.tally.longest_recovery_seconds
        if late > self.recovery_seconds:
            found.append(f"nothing was confirmed for {late:.1f} s beside the faults")
        return found

    def plain(self) -> dict[str, Any]:
        tally = self.tally
        return {
            "mode": self.mode,
            "skipped": self.skipped,
            "counted": self.counted,
            "acknowledged": len(tally.orders),
            "paid": sum(each.is_paid for each in tally.orders),
            "cancelled": sum(each.is_cancelled for each in tally.orders),
            "repeated": tally.retries,
            "refused": dict(tally.refused),
            "failed": dict(tally.failed),
            "differing": tally.differing,
            "verdict": None if self.verdict is None else asdict(self.verdict),
            "longest_outage_seconds": round(tally.longest_outage_seconds, 2),
            "longest_fault_seconds": round(tally.longest_fault_seconds, 2),
            "longest_recovery_seconds": round(tally.longest_recovery_seconds, 2),
            "load_least": round(min(self.loads, default=0.0), 1),
            "load_most": round(max(self.loads, default=0.0), 1),
            "audit": self.audit or "clean",
            "breaches": self.breaches,
        }


def table(outcomes: list[Outcome]) -> Table:
    made = Table("mode", "done", "acked, told again", "lost, doubled, unknown", show_lines=True)
    for name in ("longest outage s", "longest fault s", "beside it s", "load", "audit"):
        made.add_column(name, justify="right")
    for each in outcomes:
        tally, verdict = each.tally, each.verdict
        if each.skipped:
            made.add_row(each.mode, f"not run: {each.skipped}", *[""] * 7)
            continue
        done = ", ".join(f"{count} {what}" for what, count in each.counted.items())
        made.add_row(
            each.mode,
            done,
            f"{len(tally.orders)}, {len(tally.told)}",
            "" if verdict is None else f"{verdict.lost}, {verdict.doubled}, {verdict.unknown}",
            f"{tally.longest_outage_seconds:.2f}",
            f"{tally.longest_fault_seconds:.2f}",
            f"{tally.longest_recovery_seconds:.2f}",
            f"{min(each.loads, default=0.0):.0f} to {max(each.loads, default=0.0):.0f}",
            "BROKEN" if each.audit else "clean",
        )
    return made
