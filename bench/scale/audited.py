"""Orders grow, and `shop audit` proves all of them at each size."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from app.core.clock import now
from bench.delivery import deliver
from bench.orders.ground import add_up
from bench.orders.seed import bring_in, past_orders
from bench.scale.curve import Curve, Point
from bench.scale.placing import placing
from bench.scale.sold import ground_of
from bench.server import Database, audit, settle

NAME = "shop audit"


async def measure(database: Database, sizes: Sequence[int]) -> AsyncIterator[dict[str, Curve]]:
    """One curve of milliseconds. Raises when an invariant does not hold."""
    curve = Curve(NAME)
    there = 0
    with TemporaryDirectory() as folder:
        async with ground_of(database) as ground:
            for size in sizes:
                more = past_orders(ground.lots, ground.catalog, size - there, now(), after=there)
                await bring_in(ground.sessions, more)
                there = size
                await placing(database, ground.connection, size, await ground.draw_buyers())
                await add_up(ground.sessions)
                await asyncio.to_thread(deliver, database, Path(folder))
                await settle(database)
                begun = perf_counter()
                broken = audit(database)
                if broken:
                    raise RuntimeError(broken)
                curve.points.append(Point(size, 0, 0, 0, (perf_counter() - begun) * 1_000))
                yield {NAME: curve}
