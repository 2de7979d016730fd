"""`python -m bench.orders [orders]`: what lists, counts and numbers read of 150 000 orders.

Most are brought in as history, the newest tenth is in every state there is. Of each question it
prints its statements, the rows its scans met, what it answered, the middle of five times and the
indexes it took; a table of more than 200 rows that is read whole is named, and what is above its
budget (`budgets.py`). It ends with a number that says whether anything is.
"""

import asyncio
import sys
from random import Random
from time import perf_counter

import asyncpg

from app.core.clock import now
from app.core.db import build_engine, build_sessions
from app.core.logging import configure_logging
from bench.orders.budgets import budget_of
from bench.orders.ground import add_up, find_ground
from bench.orders.plans import Read, look, no_limit
from bench.orders.questions import questions
from bench.orders.seed import bring_in, liven, past_orders
from bench.seed.catalog import make_catalog
from bench.server import Database, fresh_database, settle

ORDERS, SPUS, SEED = 150_000, 2_000, 1
HEAD = f"{'':<44}{'':>3}{'rows':>9}{'found':>7}{'ms':>9}"


async def measure(database: Database, count: int) -> list[Read]:
    patient = {"command_timeout_seconds": 600, "statement_timeout_ms": 600_000}
    settings = database.settings().database.model_copy(update=patient)
    engine = build_engine(settings, pool_size=2)
    sessions = build_sessions(engine)
    lots = Random(SEED)
    try:
        connection = await asyncpg.connect(database.dsn)
        async with connection.transaction():
            catalog = await make_catalog(connection, lots, spus=SPUS)
        await connection.close()
        begun = perf_counter()
        await bring_in(sessions, past_orders(lots, catalog, count, now()))
        took = perf_counter() - begun
        print(f"{count} orders of the past in {took:.0f} s, {count / took:.0f} a second")
        await liven(database.dsn, count // 10)
        await settle(database)
        print(f"their hours in {await add_up(sessions):.0f} s", flush=True)
        await settle(database)
        ground = await find_ground(sessions)
        print(HEAD)
        found = []
        for name, ask in questions(ground):
            async with sessions() as session:
                await no_limit(session)
                found.append(await look(session, engine, name, ask))
                await session.rollback()
            over = budget_of(found[-1]).misses(found[-1])
            print(found[-1].line() + (f"  OVER {', '.join(over)}" if over else ""), flush=True)
        return found
    finally:
        await engine.dispose()


def main() -> int:
    counts = [int(each) for each in sys.argv[1:] if each.isdigit()]
    configure_logging("warning")
    with fresh_database() as database:
        found = asyncio.run(measure(database, counts[0] if counts else ORDERS))
    whole = [each for each in found if each.whole]
    over = [each for each in found if budget_of(each).misses(each)]
    print(
        f"{len(found)} questions, {len(over)} above their budget, {len(whole)} read a table whole"
    )
    for each in sorted(found, key=lambda x: -x.rows)[:5]:
        print(f"  most rows: {each.name}: {each.rows}")
    return bool(over)


if __name__ == "__main__":
    sys.exit(main())
