"""Processes that end without a word: the API, the worker, the database."""

import asyncio
import os
import signal
from functools import partial
from math import inf
from random import Random
from time import monotonic

from bench.chaos.field import USED, Field
from bench.chaos.outcome import Outcome
from bench.chaos.tripwire import Tripwire
from bench.chaos.victims import Preloaded
from bench.processes import tree

MOST_BETWEEN = 40
SECONDS_BETWEEN = (0.15, 1.0)
LOOKS = 150
EVERY_WORKER = 4
DATABASE_GAP_SECONDS = 10.0
STATEMENTS_OF_A_WORKER, WORKER_SECONDS = (5, 400), 15.0


async def app_kills(field: Field) -> Outcome:
    """All of the API, one process of it by turns; the worker besides, every few times."""
    outcome = Outcome("app-kills", field.tally)
    victims, lots = field.victims(), field.lots()
    whole = single = workers = 0
    try:
        await victims.start()
        async with field.shopping(victims.port):
            for number in range(field.options.kills):
                await moment(field, lots)
                began = monotonic()
                if number % 2 == 0 or victims.api is None:
                    whole += 1
                    if victims.api is not None:
                        victims.api.kill()
                    await victims.start_api()
                else:
                    single += _kill_one(victims.api.process.pid, lots)
                field.tally.fault(began)
                if number % EVERY_WORKER == 0 and victims.worker is not None:
                    victims.worker.kill()
                    victims.start_worker()
                    workers += 1
            await moment(field, lots)
        outcome.counted = {"kills of the API": whole, "of a process of it": single}
        outcome.counted["of the worker"] = workers
        outcome.verdict = await field.judge(victims.port)
    finally:
        victims.stop()
    return outcome


async def database_kills(field: Field) -> Outcome:
    """SIGKILL of every process of the server, or an immediate stop, by turns."""
    outcome = Outcome("database-kills", field.tally)
    victims, lots = field.victims(), field.lots()
    try:
        await victims.start()
        async with field.shopping(victims.port):
            for number in range(field.options.kills):
                await moment(field, lots)
                began = monotonic()
                if number % 2:
                    await asyncio.to_thread(field.server.stop, is_immediate=True)
                else:
                    await asyncio.to_thread(field.server.kill)
                await asyncio.to_thread(field.server.start)
                field.tally.fault(began)
            await moment(field, lots)
        outcome.counted = {"kills of the database": field.options.kills}
        if field.tally.longest_outage_seconds > DATABASE_GAP_SECONDS:
            outcome.also.append(f"a gap of {field.tally.longest_outage_seconds:.1f} s")
        outcome.verdict = await field.judge(victims.port)
    finally:
        victims.stop()
    return outcome


async def moment(field: Field, lots: Random) -> None:
    """A random moment under load: so many confirmations and a little time from now.

    So a slow machine is not broken before it does anything.
    """
    heard = len(field.tally.instants) + lots.randrange(1, MOST_BETWEEN)
    await asyncio.sleep(lots.uniform(*SECONDS_BETWEEN))
    for _ in range(LOOKS):
        if len(field.tally.instants) >= heard:
            return
        await asyncio.sleep(lots.uniform(0.05, 0.2))


def _kill_one(pid: int, lots: Random) -> int:
    """Kill one of the processes that answer; how many were there to be killed."""
    below = [each for each in tree(pid) if each != pid]
    if not below:
        return 0
    os.kill(lots.choice(below), signal.SIGKILL)
    return 1


async def worker_kills(field: Field) -> Outcome:
    """The worker dies at a statement drawn by lot, again and again; what it did is done again."""
    outcome = Outcome("worker-kills", field.tally, recovery_seconds=inf)  # the API stays up
    wire, victims, lots = Tripwire(field.server.port), field.victims(), field.lots()
    environment = victims.environment | {"DATABASE__URL": field.server.url(USED, port=wire.port)}
    preloaded = Preloaded(environment, field.folder)
    try:
        await wire.start()
        await asyncio.to_thread(preloaded.start)
        await victims.start_api()
        async with field.shopping(victims.port):
            for _ in range(field.options.kills):
                await _die_working(preloaded, wire, lots)
        preloaded.work()
        outcome.counted = {"kills of the worker at a statement": field.options.kills}
        outcome.verdict = await field.judge(victims.port)
    finally:
        victims.stop()
        preloaded.stop()
        wire.stop()
    return outcome


async def _die_working(preloaded: Preloaded, wire: Tripwire, lots: Random) -> None:
    """Start a worker; it lives for so many statements."""
    wire.kill = partial(preloaded.kill, preloaded.work())
    wire.arm(lots.randrange(*STATEMENTS_OF_A_WORKER), is_after=lots.random() < 0.5)  # noqa: PLR2004 - a coin
    until = monotonic() + WORKER_SECONDS
    while not wire.has_fired and monotonic() < until:  # noqa: ASYNC110 - the proxy fires
        await asyncio.sleep(0.02)
    if not wire.has_fired:
        wire.kill()
    wire.disarm()
