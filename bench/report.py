"""What a run found: tables for people, JSON for the next run."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.checkout import CheckedOut
from bench.figures import ratio
from bench.grid import Loaded
from bench.machine import Machine
from bench.reading import Compared
from bench.server import ROOT

RESULTS = ROOT / "bench" / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """One use case at the service, at bare FastAPI + asyncpg, and at PostgreSQL alone."""

    name: str
    statements: int
    round_trips: int
    ceiling_round_trips: int
    compared: Compared


@dataclass(slots=True)
class Report:
    """`audit` is what `shop audit` said of broken invariants, nothing when it is clean."""

    machine: Machine
    is_quick: bool
    promotions: int
    ceilings: list[Ceiling]
    checkouts: CheckedOut
    loaded: list[Loaded]
    queries: dict[str, int]
    memory_mib: dict[str, float]
    wal_bytes_per_order: dict[str, int]
    audit: str = ""

    def plain(self) -> dict[str, Any]:
        plain = asdict(self)
        for each in plain["ceilings"]:
            compared = each["compared"]
            ours = compared["service"]["per_second"]
            each["of_bare"] = ratio(ours, compared["bare"]["per_second"])
            each["of_pgbench"] = ratio(ours, compared["pgbench_per_second"])
        whole = plain["checkouts"]
        whole["of_bare"] = self._of_bare()
        return plain

    def _of_bare(self) -> float:
        whole = self.checkouts
        return ratio(whole.service.per_second, whole.bare.per_second)

    def write(self) -> None:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(self.plain(), indent=1) + "\n")

    def show(self, console: Console) -> None:
        console.print(self.machine.line)
        console.print(self._ceilings())
        whole = self.checkouts
        console.print(
            f"Whole checkouts (cart, line, quote, order, notice; {whole.statements} statements): "
            f"{whole.service.per_second:.1f} per second, p50 {whole.service.p50_ms:.0f} ms, p99 "
            f"{whole.service.p99_ms:.0f}; bare {whole.bare.per_second:.1f}; of bare "
            f"{self._of_bare():.2f}"
        )
        console.print(self._loaded())
        memory = ", ".join(f"{when} {mib:.0f} MiB" for when, mib in self.memory_mib.items())
        wal = ", ".join(f"{name} {size:,}" for name, size in self.wal_bytes_per_order.items())
        queries = ", ".join(f"{name} {count}" for name, count in self.queries.items())
        console.print(f"Statements per request: {queries}")
        console.print(f"Resident memory of the service (all processes): {memory}")
        console.print(f"WAL bytes per order: {wal}")

    def _ceilings(self) -> Table:
        table = Table(
            title="Per second at 8 connections, medians of interleaved rounds",
            caption="pgbench pays one more select per order, which reads its values.",
        )
        for name in ("use case", "statements", "round trips", "service", "bare", "pgbench"):
            table.add_column(name, justify="left" if name == "use case" else "right")
        table.add_column("of bare", justify="right", style="bold")
        table.add_column("of pgbench", justify="right", style="bold")
        for each in self.ceilings:
            ours = each.compared.service.per_second
            bare = each.compared.bare.per_second
            alone = each.compared.pgbench_per_second
            table.add_row(
                each.name,
                str(each.statements),
                f"{each.round_trips} ({each.ceiling_round_trips})",
                f"{ours:,.0f}",
                f"{bare:,.0f}",
                f"{alone:,.0f}",
                f"{ratio(ours, bare):.2f}",
                f"{ratio(ours, alone):.2f}",
            )
        return table

    def _loaded(self) -> Table:
        table = Table(title="The service with 2 workers; p50 and p99 in milliseconds")
        table.add_column("endpoint")
        for connections in self.loaded[0].figures:
            for name in (f"/s at {connections}", "p50", "p99"):
                table.add_column(name, justify="right")
        table.add_column("p99/p50", justify="right", style="bold")
        for each in self.loaded:
            cells = [
                cell
                for figure in each.figures.values()
                for cell in (
                    f"{figure.per_second:,.0f}",
                    f"{figure.p50_ms:.1f}",
                    f"{figure.p99_ms:.1f}",
                )
            ]
            last = list(each.figures.values())[-1]
            table.add_row(each.name, *cells, f"{last.p99_ms / last.p50_ms:.1f}")
        return table
