"""What a question reads: its statements, their plans, rows and time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

ROUNDS, SHOWN = 5, 4
SMALL = 200
"""A table of so few rows is read whole, and rightly."""


@dataclass(frozen=True, slots=True)
class Read:
    """Of one question. `rows` are those of tables; `whole` names tables that were read whole."""

    name: str
    statements: int
    rows: int
    pages: int
    answered: int
    ms: float
    ways: tuple[str, ...]
    whole: tuple[str, ...]

    def line(self) -> str:
        whole = f"  WHOLE {', '.join(self.whole)}" if self.whole else ""
        more = len(self.ways) - SHOWN
        ways = ", ".join(self.ways[:SHOWN]) + (f" +{more}" if more > 0 else "")
        return (
            f"{self.name:<44}{self.statements:>3}{self.rows:>9}{self.answered:>7}"
            f"{self.ms:>9.1f}  {ways}{whole}"
        )


Ask = Callable[[AsyncSession], Awaitable[Any]]


async def look(session: AsyncSession, engine: AsyncEngine, name: str, ask: Ask) -> Read:
    """Ask once to count, with every statement explained, then some times more for the clock."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.lstrip()[:6].upper() in {"SELECT", "WITH R", "WITH W"}:
            sent.append((statement, values))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        found = await ask(session)
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
    rows, pages, ways, whole = 0, 0, list[str](), list[str]()
    connection = await session.connection()
    for statement, values in sent:
        result = await connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", values
        )
        for plan in result.scalar_one():
            rows += walk(plan["Plan"], ways, whole)
            pages += touched(plan["Plan"])
    times = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        await ask(session)
        times.append((perf_counter() - begun) * 1_000)
    return Read(
        name,
        len(sent),
        rows,
        pages,
        _size(found),
        median(times),
        tuple(dict.fromkeys(ways)),
        tuple(whole),
    )


def touched(plan: dict[str, Any]) -> int:
    """Pages of 8 kB that a plan looked at, found in memory or not."""
    return int(plan.get("Shared Hit Blocks", 0) + plan.get("Shared Read Blocks", 0))


def walk(plan: dict[str, Any], ways: list[str], whole: list[str]) -> int:
    """Rows that scans of tables met, whether they were kept or not."""
    rows = 0
    if "Relation Name" in plan:
        met = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        rows = round(met * plan["Actual Loops"])
        relation = plan["Relation Name"]
        ways.append(plan.get("Index Name", f"{plan['Node Type']} {relation}"))
        if plan["Node Type"] == "Seq Scan" and met > SMALL:
            whole.append(relation)
    elif "Index Name" in plan:
        ways.append(plan["Index Name"])
    for below in plan.get("Plans", ()):
        rows += walk(below, ways, whole)
    return rows


def _size(found: Any) -> int:
    for name in ("documents", "rows"):
        found = getattr(found, name, found)
    return len(found) if hasattr(found, "__len__") and not isinstance(found, str) else 1


async def no_limit(session: AsyncSession) -> None:
    await session.execute(text("SET LOCAL statement_timeout = 0"))
