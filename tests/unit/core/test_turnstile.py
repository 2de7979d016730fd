"""A turnstile: few at a time, in the order they came, nobody lost."""

import asyncio

import pytest

from app.core.turnstile import Crowded, Turnstile

LONG = 5.0


async def enter(turnstile, width=1, patience=LONG):
    return await turnstile.enter(width=width, patience_seconds=patience)


async def queued(turnstile, count):
    """So many in the queue, in order."""
    tasks = []
    for _ in range(count):
        tasks.append(asyncio.create_task(enter(turnstile)))
        await asyncio.sleep(0)
    return tasks


async def test_so_many_are_inside_and_the_others_follow_in_order():
    turnstile = Turnstile()
    assert await enter(turnstile, width=2)
    assert await enter(turnstile, width=2)
    first, second = await queued(turnstile, 2)
    assert not first.done()
    turnstile.leave()
    assert await first
    assert not second.done()
    turnstile.leave()
    assert await second


async def test_a_newcomer_does_not_overtake_the_queue():
    turnstile = Turnstile()
    assert await enter(turnstile)
    (waiting,) = await queued(turnstile, 1)
    turnstile.leave()
    (newcomer,) = await queued(turnstile, 1)
    assert await waiting
    assert not newcomer.done()
    turnstile.leave()
    assert await newcomer


async def test_news_send_everybody_to_look_and_take_no_place():
    turnstile = Turnstile()
    assert await enter(turnstile)
    waiting = await queued(turnstile, 3)
    turnstile.tell()
    assert await asyncio.gather(*waiting) == [False, False, False]
    turnstile.leave()
    assert await enter(turnstile)


async def test_patience_ends_and_leaves_no_place_behind():
    turnstile = Turnstile()
    assert await enter(turnstile)
    with pytest.raises(Crowded):
        await enter(turnstile, patience=0.01)
    turnstile.leave()
    assert await enter(turnstile)


@pytest.mark.parametrize("is_called", [True, False])
async def test_whoever_hangs_up_passes_the_place_on(is_called):
    """Also when the turn came in the very moment."""
    turnstile = Turnstile()
    assert await enter(turnstile)
    gone, waiting = await queued(turnstile, 2)
    if is_called:
        turnstile.leave()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    if not is_called:
        turnstile.leave()
    assert await waiting


def test_so_many_stand_for_one_thing_and_any_number_for_others():
    turnstile = Turnstile()
    with turnstile.among("tea", most=1):
        with pytest.raises(Crowded), turnstile.among("tea", most=1):
            pass
        with turnstile.among("cup", most=1):
            pass
    with turnstile.among("tea", most=1):
        pass
