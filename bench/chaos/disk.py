"""A disk that is full: of the log the database promises on, and of its tables."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic

import asyncpg

from bench.chaos.field import Field
from bench.chaos.kills import moment
from bench.chaos.outcome import Outcome
from bench.postgres import Postgres, give

LOG_MIB, TABLES_MIB = 160, 1_024
TABLES_SECONDS = 4.0
SWITCHES = 60
SMALL_LOG = {"max_wal_size": "64MB", "min_wal_size": "32MB"}


async def disk_full(field: Field) -> Outcome:
    """Fill both disks under load, one after the other, and make room again."""
    outcome = Outcome("disk-full", field.tally)
    with _small_disks(field) as room:
        if room is None:
            outcome.skipped = "mounting a disk of its own takes root"
            return outcome
        victims, lots = field.victims(), field.lots()
        try:
            await victims.start()
            async with field.shopping(victims.port):
                await moment(field, lots)
                for fill in (_fill_log, _fill_tables):
                    began = monotonic()
                    await fill(field, room)
                    field.tally.fault(began)
                    await moment(field, lots)
            outcome.counted = {"times the log's disk full": 1, "the tables'": 1}
            outcome.verdict = await field.judge(victims.port)
        finally:
            victims.stop()
    return outcome


async def _fill_log(field: Field, room: Path) -> None:
    """No room for another segment: the server cannot promise anything, and ends."""
    ballast = _fill(room / "log")
    for _ in range(SWITCHES):
        with suppress(OSError, asyncpg.PostgresError):
            connection = await asyncpg.connect(field.database.dsn, timeout=2)
            try:
                await connection.execute("SELECT pg_switch_wal()", timeout=2)
            finally:
                await connection.close(timeout=2)
            await asyncio.sleep(0.05)
            continue
        break
    ballast.unlink()
    if not field.server.is_running:
        await asyncio.to_thread(field.server.start)
    await asyncio.to_thread(field.server.wait)


async def _fill_tables(field: Field, room: Path) -> None:
    """No room for another page: what needs one is refused, the server goes on."""
    ballast = _fill(room / "tables")
    await asyncio.sleep(TABLES_SECONDS)
    ballast.unlink()
    if not field.server.is_running:
        await asyncio.to_thread(field.server.start)


@contextmanager
def _small_disks(field: Field) -> Iterator[Path | None]:
    """The server's folder on a disk of its own, its log on another; None without the right to."""
    room, before = field.folder / "disks", field.server
    mounted: list[Path] = []
    before.stop()
    try:
        for name, mib in (("tables", TABLES_MIB), ("log", LOG_MIB)):
            disk = room / name
            disk.mkdir(parents=True, exist_ok=True)
            if not _mount(disk, mib):
                before.start()
                yield None
                return
            mounted.append(disk)
        data, log = room / "tables" / "data", room / "log" / "wal"
        subprocess.run(["cp", "-a", str(before.data), str(data)], check=True)
        shutil.move(data / "pg_wal", log)
        (data / "pg_wal").symlink_to(log)
        give(room)
        field.server = Postgres(data, {**before.settings, **SMALL_LOG}, before.port)
        field.server.start()
        yield room
    finally:
        if field.server is not before:
            field.server.stop()
            field.server = before
            before.start()
        for disk in mounted:
            subprocess.run(["umount", "-l", str(disk)], check=False)


def _mount(folder: Path, mib: int) -> bool:
    if os.geteuid() != 0:
        return False
    asked = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)]
    return subprocess.run(asked, check=False, capture_output=True).returncode == 0


def _fill(disk: Path) -> Path:
    """A file that takes all the room there is."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb") as file:
        while True:
            file.write(b"\0" * 65_536)
            file.flush()
    return ballast
