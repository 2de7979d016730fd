"""`python -m bench.posting`: journals per second, beside pgbench sending the very same statements.

Each posting is a transaction that sets a cent of a customer's balance aside, as a hold does: by 32
clients, each time of another customer, or all of one.
"""

import argparse
import asyncio
import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median
from uuid import UUID

from rich.console import Console
from rich.table import Table

from app.core.db import WRITING, build_sessions, build_writing_engine, unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.ids import new_id
from app.core.settings import DatabaseSettings
from app.services import ledger
from app.services.ledger import AVAILABLE, Account, Journal, transfer
from bench import pgbench
from bench.server import Database, audit, fresh_database, settle
from bench.substitution import Sent
from bench.trace import Recorder

CLIENTS, PROCESSES, CUSTOMERS = 32, 2, 1_000
CENTS = 10**9
ASIDE = "aside"
"""Like `held`, but of no order: the audit need not look for one."""
console = Console()


@dataclass(frozen=True, slots=True)
class Rates:
    """Journals per second, medians of the rounds."""

    name: str
    service: float
    pgbench: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.posting", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--each", type=int, default=100, help="postings of a client of pgbench")
    given = parser.parse_args()
    with fresh_database() as database, tempfile.TemporaryDirectory() as folder:
        customers = asyncio.run(open_accounts(database))
        found = [
            compare(name, database, who, Path(folder), given.rounds, given.seconds, given.each)
            for name, who in (("distinct customers", customers), ("one customer", customers[:1]))
        ]
        show(found)
        broken = audit(database)
    console.print(f"shop audit afterwards: {broken or 'clean'}", markup=False)
    if broken:
        raise SystemExit(1)


async def open_accounts(database: Database) -> list[UUID]:
    """Customers with a balance nobody gets to the end of."""
    engine = build_writing_engine(_settings(database, 1))
    customers = [new_id() for _ in range(CUSTOMERS)]
    bank = Account(AccountKind.BANK, "bench")
    async with unit_of_work(build_sessions(engine)) as session:
        for each in customers:
            entries = transfer(bank, _balance(each, AVAILABLE), CENTS)
            held = transfer(_balance(each, AVAILABLE), _balance(each, ASIDE), 1)
            journals = [
                Journal(key=f"open:{each}", kind="open", entries=entries),
                Journal(key=f"first:{each}", kind="hold", entries=held),
            ]
            await ledger.post(session, journals)
    await engine.dispose()
    return customers


def compare(
    name: str,
    database: Database,
    customers: list[UUID],
    folder: Path,
    rounds: int,
    seconds: float,
    each: int,
) -> Rates:
    """Turn by turn, so that what else the machine does meets both."""
    service, alone = [], []
    for number in range(rounds):
        console.print(f"{name}, round {number + 1} …")
        requests = asyncio.run(traced(database, customers, CLIENTS * each))
        table = f"posting_{len(customers)}_{number}"
        script = asyncio.run(pgbench.writing(database, table, requests))
        asyncio.run(settle(database))
        service.append(serve(database, customers, seconds))
        limit = ("-t", str(each))
        alone.append(
            pgbench.run(
                database, script, folder=folder, clients=CLIENTS, limit=limit, settings=WRITING
            )
        )
    return Rates(name, median(service), median(alone))


async def traced(database: Database, customers: list[UUID], count: int) -> list[list[Sent]]:
    """What `count` postings send, read off postings that are taken back."""
    engine = build_writing_engine(_settings(database, 1))
    sessions, recorder, requests = build_sessions(engine), Recorder(), []
    turns = cycle(customers)
    with recorder.listening():
        for _ in range(count):
            recorder.take()
            async with sessions() as session:
                await ledger.post(session, [_hold(next(turns))])
                await session.rollback()
            sent = [part for part in recorder.take() if part.args]
            requests.append([Sent("BEGIN"), *sent, Sent("COMMIT")])
    await engine.dispose()
    return requests


def serve(database: Database, customers: list[UUID], seconds: float) -> float:
    """Journals per second of the service's own code, in as many processes as it runs in."""
    share = CLIENTS // PROCESSES
    is_shared = len(customers) < CLIENTS
    parts = [customers if is_shared else customers[n::PROCESSES] for n in range(PROCESSES)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        jobs = [pool.submit(_client, database, part, share, seconds) for part in parts]
        return sum(job.result() for job in jobs)


def _client(database: Database, customers: list[UUID], clients: int, seconds: float) -> float:
    return asyncio.run(_post_for(database, customers, clients, seconds))


async def _post_for(
    database: Database, customers: list[UUID], clients: int, seconds: float
) -> float:
    engine = build_writing_engine(_settings(database, clients))
    sessions, turns, posted = build_sessions(engine), cycle(customers), 0
    for connection in [await engine.connect() for _ in range(clients)]:
        await connection.close()
    begun = time.perf_counter()

    async def keep_posting() -> None:
        nonlocal posted
        while time.perf_counter() - begun < seconds:
            async with unit_of_work(sessions) as session:
                await ledger.post(session, [_hold(next(turns))])
            posted += 1

    await asyncio.gather(*(keep_posting() for _ in range(clients)))
    taken = time.perf_counter() - begun
    await engine.dispose()
    return posted / taken


def show(found: list[Rates]) -> None:
    table = Table(title=f"Journals per second, {CLIENTS} clients, {PROCESSES} processes")
    for column in ("", "service", "pgbench", "of pgbench"):
        table.add_column(column, justify="right" if column else "left")
    for each in found:
        ratio = each.service / each.pgbench
        table.add_row(each.name, f"{each.service:,.0f}", f"{each.pgbench:,.0f}", f"{ratio:.2f}")
    console.print(table)


def _hold(customer: UUID) -> Journal:
    entries = transfer(_balance(customer, AVAILABLE), _balance(customer, ASIDE), 1)
    return Journal(key=f"hold:{new_id()}", kind="hold", entries=entries, member_id=customer)


def _balance(customer: UUID, purpose: str) -> Account:
    return Account(AccountKind.BALANCE, customer, purpose)


def _settings(database: Database, connections: int) -> DatabaseSettings:
    return DatabaseSettings(
        url=database.url,
        pool_size=connections,
        pool_timeout_seconds=60,
        command_timeout_seconds=60,
        statement_timeout_ms=60_000,
        lock_timeout_ms=60_000,
    )


if __name__ == "__main__":
    main()
