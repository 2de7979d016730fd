"""Where the figures were taken: without it they mean nothing."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from bench.server import Database, value


@dataclass(frozen=True, slots=True)
class Machine:
    cores: int
    processor: str
    memory_mib: int
    load_at_start: float
    python: str
    postgresql: str
    shared_buffers: str

    @property
    def line(self) -> str:
        return (
            f"{self.cores} cores ({self.processor}), {self.memory_mib} MiB, load at start "
            f"{self.load_at_start}, Python {self.python}, PostgreSQL {self.postgresql} with "
            f"fsync on and {self.shared_buffers} of shared buffers"
        )


async def machine(database: Database, load_at_start: float) -> Machine:
    return Machine(
        cores=os.cpu_count() or 0,
        processor=_field(Path("/proc/cpuinfo"), "model name"),
        memory_mib=int(_field(Path("/proc/meminfo"), "MemTotal").split()[0]) // 1024,
        load_at_start=round(load_at_start, 2),
        python=platform.python_version(),
        postgresql=await value(database, "SELECT current_setting('server_version')"),
        shared_buffers=await value(database, "SELECT current_setting('shared_buffers')"),
    )


def _field(path: Path, name: str) -> str:
    """The value of the first `name: value` line."""
    for line in path.read_text().splitlines():
        key, _, found = line.partition(":")
        if key.strip() == name:
            return found.strip()
    return "unknown"
