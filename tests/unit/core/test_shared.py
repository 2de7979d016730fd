"""Readings shared by those who ask at once."""

import asyncio
import gc

import pytest

from app.core.shared import MOST, SharedReadings

SESSIONS = object()


class Reader:
    """Squares keys; notes which were read together, and can be made to wait or to fail."""

    def __init__(self):
        self.readings = []
        self.gate = asyncio.Event()
        self.fails = False

    async def __call__(self, _sessions, keys):
        self.readings.append(sorted(keys))
        await self.gate.wait()
        if self.fails:
            raise ValueError("broken")
        return {key: key * key for key in keys if key != 13}


async def asked(shared, read, *keys):
    tasks = [asyncio.create_task(shared.ask(read, SESSIONS, key)) for key in keys]
    await asyncio.sleep(0.01)
    return tasks


async def test_those_who_come_meanwhile_share_the_next_reading():
    """Never the one under way: what it sees may be older than their question."""
    shared, read = SharedReadings(), Reader()
    first = await asked(shared, read, 1)
    others = await asked(shared, read, 2, 3, 3, 1)
    assert read.readings == [[1]]  # the next one waits: there is one at a time
    read.gate.set()
    assert await asyncio.gather(*first, *others) == [1, 4, 9, 9, 1]
    assert read.readings == [[1], [1, 2, 3]]


async def test_what_is_not_found_is_none():
    shared, read = SharedReadings(), Reader()
    read.gate.set()
    assert await shared.ask(read, SESSIONS, 13) is None


async def test_a_failure_reaches_everybody_and_the_next_one_is_read_again():
    shared, read = SharedReadings(), Reader()
    first = await asked(shared, read, 1)
    others = await asked(shared, read, 2, 3)
    read.fails = True
    read.gate.set()
    for each in (*first, *others):
        with pytest.raises(ValueError, match="broken"):
            await each
    read.fails = False
    assert await shared.ask(read, SESSIONS, 4) == 16


async def test_whoever_hangs_up_takes_nothing_from_the_others():
    shared, read = SharedReadings(), Reader()
    gone, stays = await asked(shared, read, 2, 2)
    gone.cancel()
    read.gate.set()
    assert await stays == 4


async def test_nobody_complains_of_a_failure_that_nobody_waits_for():
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
    shared, read = SharedReadings(), Reader()
    (gone,) = await asked(shared, read, 2)
    gone.cancel()
    read.fails = True
    read.gate.set()
    await asyncio.sleep(0.01)
    assert shared._lines.popitem()[1]._reading.done()
    del shared
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []


async def test_a_reading_has_a_bound():
    shared, read = SharedReadings(), Reader()
    tasks = await asked(shared, read, *range(100, 100 + MOST + 50))
    read.gate.set()
    await asyncio.gather(*tasks)
    assert max(len(keys) for keys in read.readings) == MOST
