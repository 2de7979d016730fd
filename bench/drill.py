"""`python -m bench.drill`: lose a database and take it back to a moment, then prove it is whole.

A shop takes orders on a server that archives its log. A base backup is taken under load, orders go
on, and after a moment T everything is destroyed. From the backup and the archive another server is
made as it was at T. Printed: how much of what was acknowledged is missing (RPO), and how long it
took until orders were taken again (RTO). docs/running.md says how to do it on a real server.
"""

import argparse
import asyncio
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

import httpx
from rich.console import Console

from bench.chaos.checks import asked_again
from bench.chaos.field import Field, Options, field_of
from bench.chaos.tally import Told
from bench.chaos.victims import Victims
from bench.postgres import Postgres, command, give
from bench.processes import end_cleanly_on_sigterm
from bench.server import audit, run, value

console = Console(width=None if sys.stdout.isatty() else 120)
ARCHIVE_SECONDS = 60


@dataclass(slots=True)
class Restored:
    """What came of it; `told` is what had been acknowledged before T with its log archived."""

    before_backup: int
    told: int
    lost_of_told: int
    after: int
    rpo_seconds: float
    restore_seconds: float
    rto_seconds: float
    differing: int
    broken: str

    @property
    def is_good(self) -> bool:
        return not (self.lost_of_told or self.differing or self.broken)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.drill", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15, help="of load before and after")
    parser.add_argument("--seed", type=int, default=1, help="of every lot that is drawn")
    asked = parser.parse_args()
    end_cleanly_on_sigterm()
    options = Options(seed=asked.seed, buyers=8, workers=1, kills=0, losses=0)
    with field_of(options) as field:
        found = asyncio.run(_drill(field, asked.seconds))
    _tell(found)
    if not found.is_good:
        raise SystemExit(1)


class Destroyed(Exception):
    """There is no database any more; nobody need wait for it."""


@dataclass(slots=True)
class Before:
    """What there was when everything was destroyed. `moment` is T, by the server's clock."""

    moment: str
    at_backup: int
    told: list[Told]
    orders: list[str]
    after: int
    rpo_seconds: float


async def _drill(field: Field, seconds: float) -> Restored:
    await asyncio.to_thread(_archive, field)
    await field.renew()
    victims = field.victims()
    try:
        await victims.start()
        before = await _live_and_be_destroyed(field, victims, seconds)
        return await _restore(field, before)
    finally:
        victims.stop()


async def _live_and_be_destroyed(field: Field, victims: Victims, seconds: float) -> Before:
    found: list[Before] = []
    with suppress(Destroyed):
        async with field.shopping(victims.port):
            await asyncio.sleep(seconds)
            at_backup = len(field.tally.orders)
            await asyncio.to_thread(_back_up, field)
            await asyncio.sleep(seconds)
            told, orders = list(field.tally.told), [each.order_id for each in field.tally.orders]
            moment = await value(field.database, "SELECT clock_timestamp()::text")
            await asyncio.sleep(seconds / 3)
            after = len(field.tally.orders) - len(orders)
            rpo_seconds = await _archived_up_to(field)
            found.append(Before(moment, at_backup, told, orders, after, rpo_seconds))
            await asyncio.to_thread(field.server.kill)
            raise Destroyed
    await asyncio.to_thread(victims.stop)
    await asyncio.to_thread(shutil.rmtree, field.server.data)
    return found[0]


def _archive(field: Field) -> None:
    """Every finished segment of the log is copied, and no segment stays unfinished for long."""
    archive = field.folder / "archive"
    archive.mkdir()
    give(archive)
    field.server.stop()
    field.server.settings |= {
        "archive_mode": "on",
        "archive_command": f"test ! -f {archive}/%f && cp %p {archive}/%f",
        "archive_timeout": str(ARCHIVE_SECONDS),
    }
    field.server.start()


def _back_up(field: Field) -> None:
    """Take a base backup of the running server and check it against its manifest."""
    backup = field.folder / "backup"
    backup.mkdir()
    give(backup)
    server = ("-h", "127.0.0.1", "-p", str(field.server.port), "-U", "postgres")
    command("pg_basebackup", *server, "-D", str(backup), "-X", "stream", "-c", "fast")
    command("pg_verifybackup", str(backup))


async def _archived_up_to(field: Field) -> float:
    """Wait until the log so far is archived; how old the archive is then, in seconds."""
    await run(field.database, "SELECT pg_switch_wal()")
    segment = await value(field.database, "SELECT pg_walfile_name(pg_switch_wal())")
    for _ in range(ARCHIVE_SECONDS):
        if (field.folder / "archive" / segment).exists():
            break
        await asyncio.sleep(1)
    age = "SELECT extract(epoch FROM clock_timestamp() - last_archived_time) FROM pg_stat_archiver"
    return float(await value(field.database, age))


async def _restore(field: Field, before: Before) -> Restored:
    """A server as it was at T, and a service on it."""
    began = monotonic()
    restored = Postgres(field.folder / "backup", dict(field.server.settings), field.server.port)
    restored.settings |= {
        "archive_mode": "off",
        "restore_command": f"cp {field.folder / 'archive'}/%f %p",
        "recovery_target_time": before.moment,
        "recovery_target_action": "promote",
    }
    restored.data.chmod(0o700)
    (restored.data / "recovery.signal").touch()
    give(restored.data)
    field.server = restored
    await asyncio.to_thread(restored.start)
    while await value(field.database, "SELECT pg_is_in_recovery()"):  # noqa: ASYNC110 - not ours
        await asyncio.sleep(0.1)
    restore_seconds = monotonic() - began
    victims = field.victims()
    try:
        await victims.start()
        rto_seconds = monotonic() - began
        broken = await asyncio.to_thread(audit, field.database)
        there = "SELECT count(*) FROM unnest($1::uuid[]) AS told(id) JOIN orders USING (id)"
        lost = len(before.orders) - int(await value(field.database, there, before.orders))
        differing = await _differing(victims.port, before.told)
    finally:
        await asyncio.to_thread(victims.stop)
    return Restored(
        before_backup=before.at_backup,
        told=len(before.orders),
        lost_of_told=lost,
        after=before.after,
        rpo_seconds=before.rpo_seconds,
        restore_seconds=restore_seconds,
        rto_seconds=rto_seconds,
        differing=differing,
        broken=broken,
    )


async def _differing(port: int, told: Sequence[Told]) -> int:
    """Of what was acknowledged before T, how much is answered otherwise now."""
    found = 0
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        for each in told:
            answer = await asked_again(client, each)
            found += answer is None or not each.repeats(answer.status_code, answer.json())
    return found


def _tell(found: Restored) -> None:
    console.print(
        f"orders acknowledged before the base backup {found.before_backup}, before T {found.told}, "
        f"after T {found.after} (gone, as asked)"
    )
    console.print(
        f"of those before T lost {found.lost_of_told}; requests answered otherwise "
        f"{found.differing}"
    )
    console.print(
        f"RPO: the archive was {found.rpo_seconds:.1f} s old when everything was destroyed; it is "
        f"never older than archive_timeout, {ARCHIVE_SECONDS} s"
    )
    console.print(
        f"RTO: {found.rto_seconds:.1f} s until the service was ready, the database after "
        f"{found.restore_seconds:.1f} s"
    )
    console.print(f"shop audit: {found.broken or 'clean'}", markup=False)


if __name__ == "__main__":
    main()
