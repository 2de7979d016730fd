"""What changes nothing: the service beside bare asyncpg and PostgreSQL alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import UUID

import orjson

from bench import pgbench
from bench.bare import Prepared
from bench.client import measure
from bench.figures import Figure, middle
from bench.load import Job, Request
from bench.server import Database
from bench.substitution import Sent
from bench.trace import TracedService, essential, statements

SAMPLED = 200
SCRIPTED = 4
"""Requests one transaction of pgbench makes, so that it needs no select to draw them.

Few, so that each connection soon has done with planning anew.
"""
CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Read:
    """An endpoint and what is behind a sample of its requests."""

    name: str
    requests: list[Request]
    prepared: list[Prepared]
    sent: list[Sent]

    @property
    def queries(self) -> int:
        return statements(self.sent)

    @property
    def round_trips(self) -> int:
        return len(self.sent)


@dataclass(frozen=True, slots=True)
class Compared:
    """Medians over rounds of the same work at three places."""

    service: Figure
    bare: Figure
    pgbench_per_second: float


def list_request() -> Request:
    return Request("/api/v1/products?limit=20")


def page_requests(products: Sequence[UUID], lots: Random) -> list[Request]:
    chosen = lots.sample(list(products), min(SAMPLED, len(products)))
    return [Request(f"/api/v1/products/{each}") for each in chosen]


async def sample(service: TracedService, name: str, requests: list[Request]) -> Read:
    """Trace each request as it is when caches are warm."""
    prepared = []
    sent: list[Sent] = []
    for request in requests:
        body = orjson.loads(request.body) if request.body else None
        asked = (request.method, request.path)
        await service.ask(*asked, headers=request.headers, body=body)
        answer, sent = await service.ask(*asked, headers=request.headers, body=body)
        prepared.append(Prepared(essential(sent), answer.content))
    return Read(name, requests, prepared, sent)


def compare(
    database: Database,
    read: Read,
    *,
    service_port: int,
    bare_port: int,
    rounds: int,
    seconds: float,
    folder: Path,
) -> Compared:
    """Interleaved rounds, so that a noisy minute strikes all three."""
    bare_requests = [Request(f"/{read.name}/{i}") for i in range(len(read.prepared))]
    chosen = [each.sent for each in read.prepared[:SCRIPTED]]
    script = pgbench.reading(chosen)
    ours, bare, alone = [], [], []
    for _ in range(rounds):
        ours.append(measure(Job(service_port, CONNECTIONS, read.requests, seconds)))
        bare.append(measure(Job(bare_port, CONNECTIONS, bare_requests, seconds)))
        limit = ("-T", str(max(1, round(seconds))))
        alone.append(
            len(chosen)
            * pgbench.run(database, script, folder=folder, clients=CONNECTIONS, limit=limit)
        )
    return Compared(middle(ours), middle(bare), sorted(alone)[len(alone) // 2])
