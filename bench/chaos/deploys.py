"""What operators do on a working day: new processes for old ones, a migration, both under load."""

import asyncio
import os
import tempfile
from itertools import pairwise
from pathlib import Path
from time import monotonic

import asyncpg
from alembic import command

from app.cli.database import config
from app.core.revisions import newest_revision
from bench.chaos.field import Field
from bench.chaos.kills import moment
from bench.chaos.outcome import Outcome
from bench.chaos.proxy import Proxy
from bench.chaos.victims import READY, Victims
from bench.processes import free_port, wait_until_answering
from bench.server import ROOT, Database

ROLLS = 3
REPORT_SECONDS = 8
MIGRATION_GAP_SECONDS = 2.0
EXPANSION = '''"""Expand."""

from alembic import op

revision = "chaos_expansion"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE orders ADD COLUMN chaos_mark integer NOT NULL DEFAULT 0")


def downgrade() -> None:
    op.execute("ALTER TABLE orders DROP COLUMN chaos_mark")
'''


async def deploys(field: Field) -> Outcome:
    """Rolling restarts, an expanding migration behind a long report, a restart after it."""
    outcome = Outcome("deploys", field.tally)
    front = Proxy(0, field.lots(103))
    victims, lots = field.victims(public_port=front.port), field.lots()
    front.upstream = victims.port
    try:
        await front.start()
        await victims.start()
        async with field.shopping(front.port):
            for _ in range(ROLLS):
                await moment(field, lots)
                await _roll(victims, front)
            await moment(field, lots)
            gap = await _migrate_behind_a_report(field)
            await moment(field, lots)
            await _roll(victims, front)  # processes of this release on tables of the next
            await moment(field, lots)
        outcome.counted = {"rolling restarts": ROLLS + 1, "migrations": 1}
        if gap > MIGRATION_GAP_SECONDS:
            outcome.also.append(f"nothing was confirmed for {gap:.1f} s during the migration")
        outcome.verdict = await field.judge(victims.port)
    finally:
        victims.stop()
        await front.stop()
    return outcome


async def _roll(victims: Victims, front: Proxy) -> None:
    """A new API takes over; the old one finishes what it has begun."""
    old = victims.api
    victims.port = free_port()
    victims.api = victims.launch_api(victims.port)
    await asyncio.to_thread(wait_until_answering, victims.api, path=READY)
    front.upstream = victims.port
    if old is not None:
        await asyncio.to_thread(old.stop)


async def _migrate_behind_a_report(field: Field) -> float:
    """The longest time nothing was confirmed while a table was altered that a report reads."""
    report = asyncio.create_task(_report(field.database))
    await asyncio.sleep(0.5)
    began = monotonic()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "expansion.py").write_text(EXPANSION.format(head=newest_revision()))
        made = config(field.database.url)
        places = (ROOT / "migrations" / "versions", folder)
        made.set_main_option("version_locations", os.pathsep.join(map(str, places)))
        await asyncio.to_thread(command.upgrade, made, "head")
    await report
    heard = [began, *(each for each in field.tally.instants if each >= began), monotonic()]
    return max(later - earlier for earlier, later in pairwise(heard))


async def _report(database: Database) -> None:
    """Somebody reads orders for a long time in one transaction."""
    connection = await asyncpg.connect(database.dsn)
    try:
        await connection.execute(f"SELECT count(*), pg_sleep({REPORT_SECONDS}) FROM orders")
    finally:
        await connection.close()
