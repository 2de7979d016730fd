"""The ways between the shop, its database, its gateway and its clients: lossy, broken, slow."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

from bench.chaos.field import Field
from bench.chaos.kills import moment
from bench.chaos.outcome import Outcome
from bench.chaos.proxy import FINE, Proxy, Weather, anything, commits
from bench.chaos.victims import Victims

LOSING_COMMITS = Weather(lost_answers=0.25, lost_requests=0.05, chosen=commits)
LOSING_ANYTHING = Weather(lost_answers=0.04, lost_requests=0.02, chosen=anything)
SLOW = (
    Weather(delay_seconds=0.02),
    Weather(slice_bytes=7),
    Weather(bytes_per_second=65_536),
)
OPENING = 6
"""Pieces of a connection in which the driver introduces itself and asks for types."""
STORMS, STORM_SECONDS = 10, 0.5
HOLES_SECONDS = (1.0, 6.0)
STEADY_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Links:
    """`database` is the shop's way to its books, `gateway` to the sandbox's.

    `front` is the way of clients, and of the sandbox's notices, to the shop.
    """

    database: Proxy
    gateway: Proxy
    front: Proxy

    def __iter__(self) -> Iterator[Proxy]:
        return iter((self.database, self.gateway, self.front))


async def link_faults(field: Field) -> Outcome:
    """Everything a link does wrong, one after another, under load."""
    outcome = Outcome("links", field.tally)
    async with broken_links(field) as (links, victims):
        async with field.shopping(links.front.port):
            await _break_all(field, links)
        outcome.counted = _counted(links)
        outcome.verdict = await field.judge(victims.port)
    return outcome


async def _break_all(field: Field, links: Links) -> None:
    await lose_commits(links.database, field.options.losses)
    for link in (links.gateway, links.front):
        link.weather = LOSING_ANYTHING
        await _until(link, field.options.losses // 10)
        link.weather = FINE
    for link in links:
        for _ in range(STORMS):
            link.reset()
            await asyncio.sleep(STORM_SECONDS)
        for seconds in HOLES_SECONDS:
            await _black_hole(field, link, seconds)
    await _freeze(field, links.database)
    for weather in SLOW:
        links.database.weather = links.gateway.weather = weather
        await asyncio.sleep(STEADY_SECONDS)
        links.database.weather = links.gateway.weather = FINE
    await moment(field, field.lots())


@asynccontextmanager
async def broken_links(field: Field) -> AsyncIterator[tuple[Links, Victims]]:
    """The shop behind proxies on all sides, started."""
    database = Proxy(field.server.port, field.lots(101), skips=OPENING)
    gateway = Proxy(field.server.port, field.lots(102), skips=OPENING)
    field.environment["PAYMENTS__SANDBOX_DATABASE_URL"] = field.sandbox_url(gateway.port)
    front = Proxy(0, field.lots(103))
    victims = field.victims(database_port=database.port, public_port=front.port)
    front.upstream = victims.port
    links = Links(database, gateway, front)
    try:
        for each in links:
            await each.start()
        await victims.start()
        yield links, victims
    finally:
        victims.stop()
        for each in links:
            await each.stop()


async def lose_commits(link: Proxy, losses: int) -> None:
    """Have the database commit, and nobody hear of it, so many times."""
    link.weather = LOSING_COMMITS
    await _until(link, losses)
    link.weather = FINE


async def _until(link: Proxy, losses: int) -> None:
    wanted = link.answers_lost + losses
    while link.answers_lost < wanted:  # noqa: ASYNC110 - a count that the proxy keeps
        await asyncio.sleep(0.1)


async def _black_hole(field: Field, link: Proxy, seconds: float) -> None:
    """Nothing gets through for a while, in either direction; nothing is broken off."""
    began = monotonic()
    link.weather = Weather(is_black_hole=True)
    await asyncio.sleep(seconds)
    link.weather = FINE
    field.tally.fault(began)
    await moment(field, field.lots())


async def _freeze(field: Field, link: Proxy) -> None:
    """Every open connection dies in silence while the machine behind it still acknowledges.

    Only the driver's patience tells; so long the fault lasts for whoever asked last.
    """
    patience = field.database.settings().database.command_timeout_seconds
    for _ in range(2):
        began = monotonic()
        link.freeze()
        await asyncio.sleep(patience)
        field.tally.fault(began)
        await moment(field, field.lots())


def _counted(links: Links) -> dict[str, int]:
    return {
        "answers to COMMIT lost": links.database.answers_lost,
        "COMMITs lost": links.database.requests_lost,
        "answers of the gateway lost": links.gateway.answers_lost,
        "answers to clients lost": links.front.answers_lost,
        "connections reset": sum(each.resets for each in links),
        "black holes": 3 * len(HOLES_SECONDS),
        "silent deaths": 2,
    }
