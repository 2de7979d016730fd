"""Migrations beside a shop that sells: they wait without having anybody wait for them."""

import asyncio
import os
from pathlib import Path
from time import monotonic

import asyncpg
import pytest
from alembic import command
from sqlalchemy.exc import DBAPIError

from app.core.revisions import newest_revision
from tests.integration.test_migrations import ROOT, config

EXPANSION = '''"""Expand."""

from alembic import op

revision = "expansion"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE expansions (id bigint PRIMARY KEY)")
{index}    op.execute("ALTER TABLE orders ADD COLUMN expansion integer NOT NULL DEFAULT 0")


def downgrade() -> None:
    raise NotImplementedError
'''
INDEX = """    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY ix_expansion ON carts (created_at, id)")
"""
REPORT_SECONDS, MOMENT = 2.0, 1.0


def plain(url: str) -> str:
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


async def expand(url: str, folder: Path, *, index: str = "") -> None:
    (folder / "expansion.py").write_text(EXPANSION.format(head=newest_revision(), index=index))
    made = config(url)
    places = (ROOT / "migrations" / "versions", folder)
    made.set_main_option("version_locations", os.pathsep.join(map(str, places)))
    await asyncio.to_thread(command.upgrade, made, "head")


async def test_f26_nobody_waits_for_a_migration_that_waits(fresh_url: str, tmp_path: Path) -> None:
    """A long report reads orders; whoever comes after the migration is not kept by it."""
    report, shopper = [await asyncpg.connect(plain(fresh_url)) for _ in range(2)]
    try:
        reading = report.transaction()
        await reading.start()
        await report.execute("SELECT count(*) FROM orders")
        migrating = asyncio.create_task(expand(fresh_url, tmp_path))
        longest, until = 0.0, monotonic() + REPORT_SECONDS
        while monotonic() < until:
            began = monotonic()
            await shopper.execute("SELECT count(*) FROM orders")
            longest = max(longest, monotonic() - began)
            await asyncio.sleep(0.01)
        assert not migrating.done()
        assert not await shopper.fetchval("SELECT to_regclass('expansions') IS NOT NULL")
        await reading.rollback()
        await migrating
        assert longest < MOMENT
        assert await shopper.fetchval("SELECT version_num FROM alembic_version") == "expansion"
        await shopper.execute("SELECT expansion FROM orders")
    finally:
        await report.close()
        await shopper.close()


async def test_f26_an_index_waits_for_who_began_before_it(fresh_url: str, tmp_path: Path) -> None:
    """Longer than a lock is waited for: given up, it would be left there, and invalid."""
    report = await asyncpg.connect(plain(fresh_url))
    try:
        reading = report.transaction()
        await reading.start()
        await report.execute("LOCK TABLE carts IN ROW EXCLUSIVE MODE")
        migrating = asyncio.create_task(expand(fresh_url, tmp_path, index=INDEX))
        await asyncio.sleep(REPORT_SECONDS)
        assert not migrating.done()
        await reading.rollback()
        await migrating
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_expansion'::regclass"
        assert await report.fetchval(valid)
    finally:
        await report.close()


async def test_f26_a_revision_half_done_is_not_begun_again(fresh_url: str, tmp_path: Path) -> None:
    """It says what it waited for, not that its own table is there already."""
    report = await asyncpg.connect(plain(fresh_url))
    try:
        reading = report.transaction()
        await reading.start()
        await report.execute("SELECT count(*) FROM orders")
        with pytest.raises(DBAPIError, match="lock timeout"):
            await expand(fresh_url, tmp_path, index=INDEX)
    finally:
        await report.close()
