"""Clocks that are wrong: the application's is stepped under load, the database's stays right."""

import asyncio
import os

from bench.chaos import clock_steps
from bench.chaos.field import Field
from bench.chaos.kills import moment
from bench.chaos.outcome import Outcome
from bench.chaos.victims import Preloaded
from bench.server import run

STEPS_SECONDS = (3_600.0, 0.0, -600.0, 0.0, 2 * 86_400.0, 0.0)
STEADY_SECONDS = 4.0


async def clock_steps_under_load(field: Field) -> Outcome:
    """An hour ahead, back, ten minutes behind, two days ahead, and right again.

    Clients sign in at the same wrong clock: what they are told by it must still hold by the right
    one.
    """
    outcome = Outcome("clock-steps", field.tally)
    path = field.folder / "clock"
    clock_steps.set_offset(path, 0.0)
    victims, lots = field.victims(), field.lots()
    preloaded = Preloaded(victims.environment | {clock_steps.VARIABLE: str(path)}, field.folder)
    await run(field.database, "UPDATE login_sessions SET expires_at = now() + interval '30 days'")
    os.environ[clock_steps.VARIABLE] = str(path)
    try:
        clock_steps.install()
        await asyncio.to_thread(preloaded.start)
        await asyncio.to_thread(preloaded.serve, victims.port)
        preloaded.work()
        async with field.shopping(victims.port):
            for seconds in STEPS_SECONDS:
                clock_steps.set_offset(path, seconds)
                await asyncio.sleep(STEADY_SECONDS)
                await moment(field, lots)
        outcome.counted = {"steps of the clock": len(STEPS_SECONDS)}
        outcome.verdict = await field.judge(victims.port)
    finally:
        del os.environ[clock_steps.VARIABLE]
        preloaded.stop()
    return outcome
